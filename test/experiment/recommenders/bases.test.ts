import assert from "node:assert/strict";
import { test } from "node:test";
import {
  baseRows,
  baseTimes,
  paperTable1,
  paperTable2,
  paperTable3,
  pickedPoint,
  verdictOf,
  type BaseRun,
} from "reclm/experiment";

function runOf(seed: number, recalls: readonly number[], chosen: number): BaseRun {
  const accuracy = (recall20: number) => ({ recall20, recall40: 2 * recall20, ndcg20: 0.1, ndcg40: 0.2 });
  return {
    recommender: "BiasMF",
    text: "tf-idf",
    seed,
    choice: { epochs: { fullShot: chosen, zeroShot: 1 }, curve: [] },
    test: recalls.map((recall, at) => ({
      epoch: at + 1,
      seconds: 2 * (at + 1),
      fullShot: accuracy(recall),
      zeroShot: accuracy(recall / 10),
    })),
    headShare: 0.5,
  };
}

const runs = [runOf(1, [0.05, 0.06, 0.07], 2), runOf(2, [0.03, 0.08, 0.04], 3)];

test("the epoch chosen on validation and the one that is best on the test are told apart", () => {
  assert.equal(pickedPoint(runs[0]!, "fullShot", "validation").epoch, 2);
  assert.equal(pickedPoint(runs[0]!, "fullShot", "test").epoch, 3);
  assert.equal(pickedPoint(runs[1]!, "zeroShot", "test").epoch, 2);
  assert.throws(() => pickedPoint(runOf(1, [0.1], 9), "fullShot", "validation"), /Cannot find epoch 9/);
});

test("rows stand beside the paper's numbers on the paper's data only", () => {
  const [row] = baseRows(runs, "fullShot", "MIND");
  // (.06 + .04) / 2; (.07 + .08) / 2, standard deviation .0071; .075 / .0683 - 1 = 9.8%.
  assert.deepEqual(row, {
    recommender: "BiasMF",
    text: "tf-idf",
    metric: "R@20",
    "epoch by validation": "0.0500 ± 0.0141",
    "epoch by test (as the authors)": "0.0750 ± 0.0071",
    paper: "0.0683",
    gap: "+9.8%",
    verdict: "near (10%)",
  });
  assert.equal("paper" in baseRows(runs, "fullShot", "ml-100k")[0]!, false);
});

test("verdicts", () => {
  assert.equal(verdictOf([0.06, 0.08], 0.07), "within the seeds' range");
  assert.equal(verdictOf([0.06, 0.062], 0.066), "near (10%)");
  assert.equal(verdictOf([0.06, 0.062], 0.1), "off");
});

test("training time is that of the chosen epoch", () => {
  assert.deepEqual(
    baseTimes(runs, "fullShot", "tf-idf").map(({ name, seconds }) => [name, seconds]),
    [["BiasMF", 5]],
  );
});

test("the paper's tables are whole and keep what is known of them", () => {
  assert.equal(paperTable1.length, 20);
  assert.equal(paperTable2.length, 8);
  assert.equal(paperTable3.length, 15);
  const of = (setting: string, recommender: string, variant: string) =>
    paperTable1.find((row) => row.setting === setting && row.recommender === recommender && row.variant === variant)!;
  assert.equal(of("fullShot", "SGL", "Augmented").accuracy.Netflix.recall40, 0.1204);
  // The printed gain is 92.47%.
  const [base, augmented] = ["Base", "Augmented"].map((variant) => of("zeroShot", "SGL", variant).accuracy.Netflix);
  assert.equal((100 * (augmented!.recall20 / base!.recall20 - 1)).toFixed(2), "192.47");
  // Table 2 repeats Table 1.
  const repeated = paperTable2.find(({ recommender, variant }) => recommender === "SGL" && variant === "RecLM")!;
  assert.equal(repeated.accuracy.MIND.recall20, of("fullShot", "SGL", "Augmented").accuracy.MIND.recall20);
  const worst = paperTable3.find(({ dataset, recommender }) => dataset === "MIND" && recommender === "BiasMF")!;
  assert.equal((100 * (worst.recLm / worst.base - 1)).toFixed(2), "18.06");
});
