import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf } from "reclm/core";
import { baseModel, coldList, dataStage, type BaseRun, type Experiment, type PreparedData } from "reclm/experiment";
import { smokeBench } from "../smokeRun";

const run: BaseRun = {
  recommender: "LightGCN",
  text: "encoder",
  seed: 1,
  choice: { epochs: { fullShot: 1, zeroShot: 1 }, curve: [] },
  test: [],
  headShare: 0,
};

/** For each user, the items rated at any time with any number of stars, apart from those of the test. */
function metBy({ interactions, split }: PreparedData): readonly ReadonlySet<number>[] {
  const met = interactions.userIds.map(() => new Set<number>());
  interactions.users.forEach((user, row) => met[user]!.add(interactions.items[row]!));
  met.forEach((items, user) => columnsOf(split.test, user).forEach((item) => items.delete(item)));
  return met;
}

async function trained(experiment: Experiment) {
  const data = await dataStage.read(experiment);
  return { data, met: metBy(data), model: await baseModel(experiment, run) };
}

test("lists leave out what a user rated low and liked cold items, and keep the test", async (t) => {
  const bench = await smokeBench();
  t.after(() => bench.dispose());
  const { data, met, model } = await trained(bench.experiment);
  const cold = Array.from(data.coldItems);
  const more = met.map((items, user) => items.size - columnsOf(data.split.train, user).length);
  assert.ok(more.every((n) => n >= 0) && more.some((n) => n > 0), "some met more than they train on");
  assert.ok(
    met.some((items) => cold.some((item) => items.has(item))),
    "some met a cold item",
  );
  met.forEach((items, user) => {
    const unseen = data.catalogue.indices().filter((item) => !items.has(item));
    const listed = model.topN(user, data.catalogue.size).map(({ item }) => item);
    assert.deepEqual(
      listed.sort((a, b) => a - b),
      unseen,
      `user ${user}`,
    );
    const coldListed = coldList(model, data, user, cold.length).map(({ item }) => item);
    assert.deepEqual(
      coldListed.sort((a, b) => a - b),
      cold.filter((item) => !items.has(item)),
      `user ${user}`,
    );
  });
});
