// Behaviour of the one trainer: what it learns, that it repeats, stops and chooses as it says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf, csrOfPairs, hasEntry, matrixOf, type ProgressState, prngOf } from "reclm/core";
import { evaluate, expectedRandomAccuracy } from "reclm/metrics";
import {
  autodiffRecommender,
  batchesOf,
  biasMf,
  chooseEpochs,
  epochTriples,
  fitRecommender,
  lightGcn,
  lightGcnUserEmbeddings,
  type RecommenderDefinition,
  recommenders,
  sgl,
  trainForEpochs,
  trainNeighbourModel,
  trainRecommender,
  xavierUniform,
} from "reclm/recommenders";
import { randomScorer } from "../../metrics/randomScorer";
import { csr, features, fullShot, options, range, text, train, users, view, zeroShot } from "../tastes";

const everyRecipe = (Object.keys(recommenders) as (keyof typeof recommenders)[]).flatMap((name) => [
  recommenders[name](),
  // Half of the loss for the contrast is too much for sixty users.
  recommenders[name](undefined, { recipe: "canonical", ...(name === "SimGCL" ? { contrastWeight: 0.05 } : {}) }),
]);
for (const definition of [...everyRecipe, lightGcn({ user: true, item: true }), sgl({ user: false, item: true })]) {
  test(`${definition.name} (${definition.recipe}) learns tastes for warm and cold items`, async () => {
    const profiles = {
      ...features,
      userProfiles: matrixOf(users, 8, new Float32Array(users * 8).fill(1)),
      itemProfiles: text,
    };
    const { scorer } = await trainRecommender(definition, view, profiles, 30, options);
    for (const evaluation of [fullShot, zeroShot]) {
      const { ndcg20 } = evaluate(scorer, evaluation).mean;
      const chance = expectedRandomAccuracy(evaluation).ndcg20;
      // Squared error, which does not rank, learns less of it.
      const share = definition.name === "BiasMF" && definition.recipe === "canonical" ? 0.2 : 0.3;
      assert.ok(ndcg20 > chance + share * (1 - chance), `NDCG@20 ${ndcg20}, chance ${chance}`);
    }
  });
}

test("a seed repeats a training bit for bit, another seed differs, whole or by way of snapshots", async () => {
  const once = await trainRecommender(lightGcn(), view, features, 6, options);
  const again = await trainForEpochs(lightGcn(), view, features, { fullShot: 3, zeroShot: 6 }, options);
  assert.deepEqual(again.zeroShot.users.data, once.users.data);
  assert.deepEqual(again.zeroShot.parameters, once.parameters);
  assert.equal(again.fullShot.epoch, 3);
  assert.notDeepEqual(again.fullShot.users.data, once.users.data);
  const other = await trainRecommender(lightGcn(), view, features, 6, { ...options, seed: 6 });
  assert.notDeepEqual(other.users.data, once.users.data);
});

test("each epoch's triples are all pairs, with negatives from unseen training items", () => {
  const triples = epochTriples(view, prngOf(1, "triples"));
  assert.equal(triples.users.length, train.length);
  const seen = new Set<string>();
  triples.users.forEach((user, t) => {
    seen.add(`${user} ${triples.positives[t]}`);
    assert.ok(!hasEntry(view.train, user, triples.negatives[t]!));
    assert.ok(triples.negatives[t]! < 80);
  });
  assert.deepEqual([...seen].sort(), train.map(([u, i]) => `${u} ${i}`).sort());
  const sizes = [...batchesOf(triples, 128)].map((batch) => batch.users.length);
  assert.equal(sizes.at(-1), train.length % 128);
  const uniform = new Float64Array(80);
  for (let s = 0; s < 200; s++) for (const item of epochTriples(view, prngOf(s, "n")).negatives) uniform[item]! += 1;
  const mean = (200 * train.length) / 80;
  assert.ok(uniform.every((count) => Math.abs(count - mean) < 0.25 * mean));
  const all = { ...view, train: csrOfPairs(1, 2, [0, 0], [0, 1]), warmItems: range(0, 2) };
  assert.throws(() => epochTriples(all, prngOf(1, "n")), /has every training item/);
});

test("the epoch chosen is the first with the best validation recall of each setting", async () => {
  const choice = await chooseEpochs(biasMf(), view, features, { epochs: 10, evaluateEvery: 3 }, options);
  assert.deepEqual(choice.curve.map(({ epoch }) => epoch), [3, 6, 9, 10]); // prettier-ignore
  for (const setting of ["fullShot", "zeroShot"] as const) {
    const best = Math.max(...choice.curve.map(({ recall20 }) => recall20[setting]!));
    assert.equal(choice.epochs[setting], choice.curve.find(({ recall20 }) => recall20[setting] === best)!.epoch);
  }
  const fitted = await fitRecommender(biasMf(), view, view, features, { epochs: 10, evaluateEvery: 3 }, options);
  assert.deepEqual(fitted.choice, choice);
  const recall = evaluate(fitted.models.fullShot.scorer, fullShot).mean.recall20;
  assert.equal(recall, Math.max(...choice.curve.map(({ recall20 }) => recall20.fullShot!)));
});

test("without validation positives the last epoch is taken", async () => {
  const none = { ...zeroShot, positives: csr([]) };
  const bare = { ...view, validation: { fullShot, zeroShot: none } };
  const choice = await chooseEpochs(biasMf(), bare, features, { epochs: 4, evaluateEvery: 2 }, options);
  assert.equal(choice.epochs.zeroShot, 4);
  assert.equal(choice.curve[0]!.recall20.zeroShot, undefined);
});

test("progress counts epochs, and the signal stops a training", async () => {
  const states: ProgressState[] = [];
  const stop = new AbortController();
  const job = trainRecommender(lightGcn(), view, features, 50, options, {
    signal: stop.signal,
    progress: (state) => {
      if (Number.isInteger(state.done)) states.push(state);
      if (state.done === 2) stop.abort(new Error("enough"));
    },
  });
  await assert.rejects(job, /enough/);
  assert.deepEqual(states.map(({ done }) => done), [1, 2]); // prettier-ignore
  assert.ok(states[0]!.values!["loss"]! > states[1]!.values!["loss"]!);
});

test("the signal stops a training inside an epoch", async () => {
  const stop = new AbortController();
  let steps = 0;
  const slow: RecommenderDefinition = {
    name: "slow",
    build: () => ({
      batchLoss() {
        steps += 1;
        const until = Date.now() + 20;
        while (Date.now() < until);
        setImmediate(() => stop.abort(new Error("enough")));
        return 0;
      },
      freeze: () => ({ users: matrixOf(0, 4), items: matrixOf(0, 4), scorer: randomScorer(1) }),
    }),
  };
  const job = trainRecommender(slow, view, features, 3, { ...options, batch: 16 }, { signal: stop.signal });
  await assert.rejects(job, /enough/);
  assert.ok(steps >= 1 && steps < 5, `${steps} of ${Math.ceil(train.length / 16)} steps`);
});

test("an epoch that takes long tells of its batches as parts of epochs", async () => {
  const shown: number[] = [];
  const slow: RecommenderDefinition = {
    name: "slow",
    build: () => ({
      batchLoss() {
        const until = Date.now() + 130;
        while (Date.now() < until);
        return 1;
      },
      freeze: () => ({ users: matrixOf(0, 4), items: matrixOf(0, 4), scorer: randomScorer(1) }),
    }),
  };
  await trainRecommender(
    slow,
    view,
    features,
    1,
    { ...options, batch: 50 },
    { progress: ({ done }) => shown.push(done) },
  );
  assert.equal(shown.at(-1), 1);
  assert.ok(shown.length >= 2 && shown.slice(0, -1).every((done) => done > 0 && done < 1), String(shown));
  assert.deepEqual([...shown].sort(), shown);
});

test("a model of one's own needs only its formula", async () => {
  const matrixFactorisation: RecommenderDefinition = autodiffRecommender(
    "MF",
    (_tf, { set, width, parameters, prng }) => {
      parameters.create("user", set.userCount, width, xavierUniform(prng("user"), set.userCount, width));
      parameters.create("item", set.itemCount, width, xavierUniform(prng("item"), set.itemCount, width));
      return ({ user, item }) => ({ users: user!, items: item! });
    },
  );
  const { scorer } = await trainRecommender(matrixFactorisation, view, features, 20, { ...options, width: 8 });
  assert.ok(evaluate(scorer, fullShot).mean.ndcg20 > 1.5 * expectedRandomAccuracy(fullShot).ndcg20);
});

test("neighbours of the trained graph share tastes", async () => {
  const model = await trainNeighbourModel(view, text, 20, options);
  assert.equal(lightGcnUserEmbeddings(model).rows, users);
  const mf = await trainRecommender(biasMf(), view, features, 1, options);
  assert.throws(() => lightGcnUserEmbeddings(mf), TypeError);
});

test("what cannot be trained is refused with its reason", async () => {
  const refuse = (job: Promise<unknown>, reason: RegExp) => assert.rejects(job, reason);
  const fused = lightGcn({ user: true, item: false });
  await refuse(trainRecommender(fused, view, features, 1, options), /features hold none/);
  await refuse(trainRecommender(biasMf(), view, { itemText: matrixOf(3, 8) }, 1, options), /3 rows stand for 100/);
  await refuse(trainRecommender(biasMf(), { ...view, train: csr([]) }, features, 1, options), /no training pair/);
  await refuse(trainRecommender(biasMf(), view, features, 0, options), /at least one/);
  await refuse(trainRecommender(biasMf(), view, features, 1, { ...options, width: 6 }), /multiple of 4/);
  await refuse(trainRecommender(biasMf(), view, features, 5, { ...options, learningRate: NaN }), /loss of epoch/);
  assert.ok(columnsOf(view.train, 0).length > 0);
});

for (const definition of everyRecipe) {
  test(`${definition.name} (${definition.recipe}) refuses a training pair of an item that is not warm`, async () => {
    const cold = train[0]![1];
    const warmItems = view.warmItems.filter((item) => item !== cold);
    await assert.rejects(
      trainRecommender(definition, { ...view, warmItems }, features, 1, options),
      new RangeError(`Cannot train: item ${cold} has a training pair, but is not among the warm items`),
    );
  });
}
