// npm run bench [-- --only lora|ppo|generation|recommenders] [--rounds N]: side-by-side timings, written to results/bench.
import { parseArgs } from "node:util";
import { setUpOrExit } from "../scripts/setup/setUp.mjs";

const suites = {
  lora: () => import("./lora/suite.mjs"),
  ppo: () => import("./ppo/suite.mjs"),
  generation: () => import("./generation/suite.mjs"),
  recommenders: () => import("./recommenders/suite.mjs"),
};

const usage = `npm run bench -- [--only ${Object.keys(suites).join("|")}] [--rounds N] [--warm-up N] [--case TEXT] [--threads N]

  --rounds N   rounds that count, at least 5 for a verdict (default 7)
  --warm-up N  rounds before them that do not (default 2)
  --threads N  threads of each side (default 2)
  --case TEXT  only the cases whose name contains TEXT; other results stay as they were`;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "7" },
    "warm-up": { type: "string", default: "2" },
    case: { type: "string" },
    threads: { type: "string", default: "2" },
    help: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const warmUp = Number(values["warm-up"]);
const whole = (value, least) => Number.isInteger(value) && value >= least;
const threads = Number(values.threads);
const isBad = !whole(rounds, 1) || !whole(warmUp, 0) || !whole(threads, 1);
if (values.help || (values.only !== undefined && !(values.only in suites)) || isBad) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

await setUpOrExit();
for (const [name, load] of Object.entries(suites)) {
  if (values.only !== undefined && values.only !== name) continue;
  const { run } = await load();
  await run({ rounds, warmUp, threads, filter: values.case });
}
