import assert from "node:assert/strict";
import { test } from "node:test";
import { neighbourStage, type Experiment } from "reclm/experiment";
import { smokeBench } from "../smokeRun";

test("there is one loss an epoch, also of epochs so long that they tell of their batches", async (t) => {
  const bench = await smokeBench();
  t.after(() => bench.dispose());
  const { preset } = bench.experiment;
  const neighbours = { ...preset.neighbours, batch: 16 };
  const experiment: Experiment = { ...bench.experiment, preset: { ...preset, neighbours } };
  let now = Date.now();
  t.mock.method(Date, "now", () => (now += 1000));
  let told = 0;
  const { losses } = await neighbourStage.run(experiment, {
    progress: ({ unit }) => void (told += +(unit === "epochs")),
  });
  assert.ok(told > neighbours.epochs, "epochs tell of their batches");
  assert.equal(losses.length, neighbours.epochs);
});
