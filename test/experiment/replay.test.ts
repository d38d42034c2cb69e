// Expected values: the tables committed in results/ml-100k, which notebooks run with the language model have written.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  dataStage,
  dialogueStage,
  instructionStage,
  ledgerPath,
  neighbourStage,
  pathsOfClone,
  profileStage,
  qualityStage,
} from "reclm/experiment";
import { AnswerLedger } from "reclm/llm";
import { resultParts } from "reclm/notebook";
import { restoredExperiment } from "./restored";

const { models, raw } = pathsOfClone();
const absent = [models, join(raw, "ml-100k")].find((path) => !existsSync(path));
const skip = absent ? `${absent} is absent: npm run setup fetches it` : false;

/** The notebooks whose tables are committed. */
const published = [
  "04-tuning",
  "05-profiles",
  "06-recommenders",
  "07-reward",
  "08-ppo",
  "09-five-recommenders",
  "10-efficiency",
  "12-fusions",
  "13-ablation",
];

test("results/ml-100k comes out again from what is committed, without a question to the model", { skip }, async (t) => {
  const experiment = await restoredExperiment(t, "ml-100k");
  const answers = async (): Promise<number> => (await AnswerLedger.open(ledgerPath(experiment))).size;
  const before = await answers();
  for (const stage of [dataStage, neighbourStage, instructionStage, dialogueStage, qualityStage, profileStage]) {
    await stage.run(experiment);
  }
  const folder = experiment.paths.results("ml-100k");
  for (const { files } of await resultParts(experiment, published)) {
    for (const [name, text] of Object.entries(files)) {
      assert.equal(text, readFileSync(join(folder, name), "utf8"), `${name} differs`);
    }
  }
  assert.equal(await answers(), before, "every answer was in the committed ledger");
});
