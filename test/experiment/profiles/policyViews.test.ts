import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { AnswerLedger } from "reclm/llm";
import { answersBy, dataStage, ledgerPath, neighbourStage } from "reclm/experiment";
import { encoderMissing, smokeBench } from "../smokeRun";

test("what a reader asks about a user is kept apart from the stages' answers", { skip: encoderMissing }, async (t) => {
  const { experiment, dispose } = await smokeBench();
  t.after(dispose);
  await dataStage.run(experiment);
  await neighbourStage.run(experiment);
  const looked = await answersBy(experiment, "untuned", [3, 5]);
  assert.ok(!existsSync(ledgerPath(experiment)), "no stage finds a reader's answers");
  assert.deepEqual(await answersBy(experiment, "untuned", [3, 5]), looked);
  const looks = await AnswerLedger.open(ledgerPath(experiment, "reader"), { replay: true });
  assert.equal(looks.size, 2);
});
