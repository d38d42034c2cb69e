import type { JobControl } from "../../core";
import {
  contentScorer,
  easeScorer,
  evaluate,
  expectedRandomAccuracy,
  popularityScorer,
  type Scorer,
} from "../../metrics";
import type { PreparedData } from "../data/dataStage";
import type { Table1Run } from "./table1";

/** What needs no training, and the oracle that knows how popular the test items are. */
export async function floorRuns(data: PreparedData, { signal }: JobControl): Promise<readonly Table1Run[]> {
  const { testView, itemText, wholeSet } = data;
  const { fullShot, zeroShot } = testView;
  const run = (variant: string, full?: Scorer, zero?: Scorer): Table1Run => {
    const started = Date.now();
    const results = {
      ...(full ? { fullShot: evaluate(full, fullShot).mean } : {}),
      ...(zero ? { zeroShot: evaluate(zero, zeroShot).mean } : {}),
    };
    const seconds = (Date.now() - started) / 1000;
    return { recommender: "floor", variant, fold: data.fold, seed: 0, ...results, seconds };
  };
  const random = { fullShot: expectedRandomAccuracy(fullShot), zeroShot: expectedRandomAccuracy(zeroShot) };
  const content = contentScorer(wholeSet.train, itemText);
  return [
    { recommender: "floor", variant: "random (expected)", fold: data.fold, seed: 0, ...random, seconds: 0 },
    run("popularity", popularityScorer(wholeSet.train)),
    run("content cosine", content, content),
    run("EASE", await easeScorer(wholeSet.train, 200, signal)),
    run("oracle popularity", popularityScorer(fullShot.positives), popularityScorer(zeroShot.positives)),
  ];
}
