import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadDataset, neighboursOf, saveDataset } from "reclm/data";
import { dataStage, neighbourStage, pathsOfClone, type Experiment } from "reclm/experiment";
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

/** The experiment's data with one more user, who rated what the first one did, when the first one did. */
async function placeTwin(experiment: Experiment): Promise<number> {
  const folder = dataStage.folder(experiment);
  const dataset = await loadDataset(folder);
  const { users, items, ratings, times, userIds, itemIds } = dataset.interactions;
  const twin = userIds.length;
  const rows = [...users.keys(), ...[...users.keys()].filter((row) => users[row] === 0)];
  const interactions = {
    users: Int32Array.from(rows, (row, at) => (at < users.length ? users[row]! : twin)),
    items: Int32Array.from(rows, (row) => items[row]!),
    ratings: Float32Array.from(rows, (row) => ratings![row]!),
    times: Float64Array.from(rows, (row) => times![row]!),
    userIds: [...userIds, String(twin + 1)],
    itemIds,
  };
  await saveDataset(folder, { ...dataset, interactions });
  return twin;
}

test("of histories: users with equal ones have equal neighbours, none of them each other", async (t) => {
  const bench = await smokeBench();
  t.after(() => bench.dispose());
  const { preset } = bench.experiment;
  const twin = await placeTwin(bench.experiment);
  const byHistory: Experiment = {
    ...bench.experiment,
    preset: { ...preset, neighbours: { ...preset.neighbours, of: "histories" } },
  };
  const { neighbours } = await neighbourStage.run(byHistory);
  const own = neighboursOf(neighbours, 0);
  assert.equal(own.length, preset.neighbours.k);
  assert.deepEqual(neighboursOf(neighbours, twin), own);
  assert.ok(!own.includes(0) && !own.includes(twin));
  const byUser = (await neighbourStage.run(bench.experiment)).neighbours;
  assert.notDeepEqual(neighboursOf(byUser, twin), neighboursOf(byUser, 0));
});

test("of histories is another stage, of users the one that is stored", async (t) => {
  const bench = await smokeBench();
  t.after(() => bench.dispose());
  const { preset } = bench.experiment;
  const file = join(pathsOfClone().root, "test", "reference", "experiment", "stage-versions.json");
  const stored = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, { readonly hash: string }>>;
  assert.equal(neighbourStage.hash(bench.experiment), stored["neighbours"]!.hash);
  const neighbours = { ...preset.neighbours, of: "histories" as const };
  const other = neighbourStage.hash({ ...bench.experiment, preset: { ...preset, neighbours } });
  assert.notEqual(other, stored["neighbours"]!.hash);
});
