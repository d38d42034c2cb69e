import metrics from "reclm/metrics"; import recommenders from "reclm/recommenders"; import { readData } from "/work/main/bench/recommenders/data.mjs";
const { set, features, evaluation } = readData("/work/main/.cache/bench/mind");
const t = new recommenders.Training(recommenders.recommenders.BiasMF(), set, features, { seed: 421, batch: 4096, learningRate: 1e-3 });
const s=t.freeze().scorer; for (let i=0;i<6;i++){const a=performance.now(); metrics.evaluate(s,evaluation); console.log(performance.now()-a);}
