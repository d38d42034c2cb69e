// A trained model in use: lists, similar items, later items, files. Rankings are checked against plain sorts of the scores.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gatherRows, matrixOf, rowOf } from "reclm/core";
import {
  loadRecommender,
  Recommendations,
  recommenders,
  type RecommenderName,
  saveRecommender,
  type Trained,
  trainRecommender,
} from "reclm/recommenders";
import { csr, items, options, text, users, view } from "../tastes";

const titles = Array.from({ length: items }, (_, i) => `Film ${i}, taste ${i % 3}`);
const profiles = matrixOf(users, 8, text.data.slice(0, users * 8));
const known = { itemText: text, userProfiles: profiles, itemProfiles: text };
const names = Object.keys(recommenders) as RecommenderName[];
const cold = Int32Array.from({ length: 20 }, (_, i) => 80 + i);
const everyone = Int32Array.from({ length: users }, (_, u) => u);

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "recommender-"));
});
after(() => rm(folder, { recursive: true }));

function trained(
  name: RecommenderName,
  recipe: "reclm" | "canonical",
  augmented: boolean,
  epochs = 3,
): Promise<Trained> {
  const definition = recommenders[name]({ user: augmented, item: augmented }, { recipe });
  return trainRecommender(definition, view, known, epochs, { ...options, width: 16 });
}

for (const name of names) {
  for (const recipe of ["reclm", "canonical"] as const) {
    for (const augmented of [false, true]) {
      test(`${name}, ${recipe}, ${augmented ? "Augmented" : "Base"}: a cold item is scored by its text as it was in training; files keep the scores`, async () => {
        const model = Recommendations.of(await trained(name, recipe, augmented), view.train, titles);
        const expected = model.scoresOf(everyone, cold).data;
        const extra = augmented ? gatherRows(text, cold) : undefined;
        const fresh = model.scoresOfTexts(everyone, gatherRows(text, cold), extra).data;
        const largest = expected.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
        // A canonical BiasMF item has a bias, which for a cold one stays where it started: at 0.
        expected.forEach((score, n) =>
          assert.ok(Math.abs(fresh[n]! - score) < 1e-4 * largest, `${n}: ${fresh[n]}, ${score}`),
        );
        assert.ok(new Set(expected).size > 100);
        if (augmented) assert.throws(() => model.scoresOfTexts(everyone, gatherRows(text, cold)), /as many profiles/);

        const target = join(folder, `${name}-${recipe}-${augmented}`);
        await saveRecommender(target, model);
        const loaded = await loadRecommender(target);
        assert.deepEqual(loaded.state, model.state);
        assert.deepEqual(loaded.scoresOf(everyone, cold).data, expected);
        assert.deepEqual(loaded.topN(4, 5), model.topN(4, 5));
      });
    }
  }
}

test("a user's list is the plain sort of the scores without what was seen", async () => {
  const model = Recommendations.of(await trained("LightGCN", "reclm", false), view.train, titles);
  for (const user of [0, 17, 59]) {
    const scores = model.scoresOf(
      Int32Array.of(user),
      Int32Array.from({ length: items }, (_, i) => i),
    ).data;
    const seen = new Set(view.train.columns.subarray(view.train.starts[user]!, view.train.starts[user + 1]!));
    const sorted = Array.from(scores, (score, item) => ({ item, title: titles[item]!, score }))
      .filter(({ item }) => !seen.has(item))
      .sort((a, b) => b.score - a.score || a.item - b.item);
    assert.deepEqual(model.topN(user, 10), sorted.slice(0, 10));
    assert.equal(model.topN(user, 500).length, items - seen.size);
  }
  assert.throws(() => model.topN(60, 1), RangeError);
  assert.throws(() => model.topN(0, 0), RangeError);
});

for (const name of ["BiasMF", "NCF", "SimGCL"] as const) {
  test(`${name}: somebody new with four items of a taste gets that taste, and none of the four`, async () => {
    const model = Recommendations.of(await trained(name, "reclm", false, 30), view.train, titles);
    for (const taste of [0, 1, 2]) {
      const liked = [taste, taste + 3, taste + 6, taste + 9];
      const list = await model.topNFor(liked, 15);
      const hits = list.filter(({ item }) => item % 3 === taste).length;
      assert.ok(hits >= 12, `${hits} of 15`);
      assert.ok(list.every(({ item }) => !liked.includes(item)));
      assert.deepEqual(await model.topNFor(liked, 15), list);
    }
    await assert.rejects(model.topNFor([], 5), /no item is given/);
    await assert.rejects(model.topNFor([100], 5), /there are 100/);
  });
}

test("NCF: users are alike by what they like, not by all that they have seen; files keep both", async () => {
  const model = await trained("NCF", "reclm", false);
  const everything = csr(Array.from({ length: users * items }, (_, n) => [Math.floor(n / items), n % items]));
  const told = Recommendations.of(model, everything, titles, view.train);
  const expected = await Recommendations.of(model, view.train, titles).topNFor([0, 3, 6], 10);
  assert.deepEqual(await told.topNFor([0, 3, 6], 10), expected);
  assert.notDeepEqual(await Recommendations.of(model, everything, titles).topNFor([0, 3, 6], 10), expected);
  assert.deepEqual(told.topN(0, 10), []);
  const target = join(folder, "liked");
  await saveRecommender(target, told);
  assert.deepEqual((await loadRecommender(target)).state, told.state);
});

test("somebody new has the items' biases once, as trained users do (by hand)", async () => {
  // One number a vector, then the bias and zeros: score = x z + b.
  const wide = (first: readonly (readonly [number, number])[]) =>
    matrixOf(first.length, 5, Float32Array.from(first.flatMap(([own, bias]) => [own, bias, 0, 0, 0])));
  const state = {
    ...({ name: "BiasMF", recipe: "canonical", epoch: 1, scoring: "dot", layers: {}, titles: ["a", "b"] } as const),
    users: wide([[0.5, 1], [2, 1]]), // prettier-ignore
    items: wide([[1, 0.5], [2, -0.5]]), // prettier-ignore
    seen: { rows: 2, cols: 2, starts: Int32Array.of(0, 0, 0), columns: new Int32Array() },
  };
  const [listed] = await new Recommendations(state).topNFor([0], 2);
  // x (1 + (1 + 4) / 2) 1.1 = 1 (1 - 0.5) - (1 (0.5) + 2 (-0.5)) / 2
  const x = 0.75 / (3.5 * 1.1);
  assert.equal(listed!.title, "b");
  assert.ok(Math.abs(listed!.score - (2 * x - 0.5)) < 1e-6, `${listed!.score}`);
  // Without such a column the same numbers are vectors of two dimensions.
  const plain = await new Recommendations({ ...state, users: wide([[0.5, 1], [2, 0.9]]) }).topNFor([0], 2); // prettier-ignore
  assert.ok(Math.abs(plain[0]!.score - listed!.score) > 0.1);
});

test("canonical BiasMF: somebody new with four items of a taste gets that taste", async () => {
  const model = Recommendations.of(await trained("BiasMF", "canonical", false, 30), view.train, titles);
  for (const taste of [0, 1, 2]) {
    const list = await model.topNFor([taste, taste + 3, taste + 6, taste + 9], 15);
    const hits = list.filter(({ item }) => item % 3 === taste).length;
    assert.ok(hits >= 12, `${hits} of 15`);
  }
});

test("similar items are the highest cosines, and share the taste", async () => {
  const model = Recommendations.of(await trained("BiasMF", "reclm", false, 30), view.train, titles);
  const { items: vectors } = model.state;
  const cosine = (a: number, b: number): number => {
    const [x, y] = [rowOf(vectors, a), rowOf(vectors, b)] as const;
    let dot = 0;
    x.forEach((value, c) => (dot += value * y[c]!));
    return dot / (Math.hypot(...x) * Math.hypot(...y));
  };
  const list = model.similarItems(5, 8);
  const sorted = Array.from({ length: items }, (_, i) => i)
    .filter((i) => i !== 5)
    .sort((a, b) => cosine(5, b) - cosine(5, a));
  assert.deepEqual(list.map(({ item }) => item), sorted.slice(0, 8)); // prettier-ignore
  assert.ok(list.filter(({ item }) => item % 3 === 2).length >= 7);
  assert.ok(list.every(({ score }, n) => Math.abs(score - cosine(5, list[n]!.item)) < 1e-5));
});

test("items of their own cannot be scored by a text; files that are not a model's are refused by name", async () => {
  const definition = recommenders.LightGCN(undefined, { recipe: "canonical", items: "id" });
  const model = Recommendations.of(await trainRecommender(definition, view, known, 1, options), view.train, titles);
  assert.throws(() => model.scoresOfTexts(everyone, text), /vectors of their own/);
  const target = join(folder, "broken");
  await saveRecommender(target, model);
  assert.deepEqual((await readdir(target)).sort(), ["items.arrow", "layers.arrow", "model.json", "users.arrow"]);
  await writeFile(join(target, "users.arrow"), "no table");
  await assert.rejects(loadRecommender(target), /Cannot read .*users\.arrow: it is not the table that model\.json/);
  const { sha256: _, ...about } = JSON.parse(await readFile(join(target, "model.json"), "utf8")) as { sha256: unknown };
  await writeFile(join(target, "model.json"), JSON.stringify(about));
  await assert.rejects(loadRecommender(target), /Cannot read .*users\.arrow: (?!it is not the table)/);
  await writeFile(
    join(target, "model.json"),
    JSON.stringify({ format: "reclm-recommender-1", name: "x", epoch: 1, scoring: "eval" }),
  );
  await assert.rejects(loadRecommender(target), /scoring "eval" is not known/);
  await writeFile(join(target, "model.json"), "{}");
  await assert.rejects(loadRecommender(target), /format/);
  for (const none of ["null", "3"]) {
    await writeFile(join(target, "model.json"), none);
    const refused = { name: "SyntaxError", message: /Cannot read .*model\.json: it holds no object/ };
    await assert.rejects(loadRecommender(target), refused);
  }
});

test("tables whose lists overlap, or end beyond their numbers, are refused by name", async () => {
  const state = Recommendations.of(await trained("BiasMF", "reclm", false, 1), view.train, titles).state;
  const target = join(folder, "lists");
  const { starts, columns } = state.seen;
  const weight = Object.keys(state.layers).find((name) => name.endsWith("weight"))!;
  const { cols, data } = state.layers[weight]!;
  const uneven = { ...state.layers, [weight]: { rows: 1, cols: cols + 1, data } };
  const broken: readonly (readonly [string, Partial<typeof state>])[] = [
    ["users", { seen: { ...state.seen, starts: starts.map((start, n) => (n === 2 ? columns.length : start)) } }],
    ["users", { seen: { ...state.seen, starts: starts.map((start) => start - 1) } }],
    ["users", { seen: { ...state.seen, starts: starts.map((start, n) => (n === users ? start + 100 : start)) } }],
    ["layers", { layers: uneven }],
  ];
  for (const [file, change] of broken) {
    await saveRecommender(target, new Recommendations({ ...state, ...change }));
    const refused = { name: "SyntaxError", message: new RegExp(`Cannot read .*${file}\\.arrow: `) };
    await assert.rejects(loadRecommender(target), refused, JSON.stringify(Object.keys(change)));
  }
});

test("tables of two models are not taken for one; files without checksums are read, and others in the folder stay", async () => {
  const [one, two] = [
    Recommendations.of(await trained("BiasMF", "reclm", false, 1), view.train, titles),
    Recommendations.of(await trained("BiasMF", "reclm", false, 2), view.train, titles),
  ];
  const target = join(folder, "saved twice");
  await saveRecommender(target, one);
  await writeFile(join(target, "notes.txt"), "mine");
  const former = await readFile(join(target, "model.json"), "utf8");
  await saveRecommender(target, two);
  assert.deepEqual((await loadRecommender(target)).state, two.state);
  assert.equal(await readFile(join(target, "notes.txt"), "utf8"), "mine");

  const { sha256: _, ...about } = JSON.parse(await readFile(join(target, "model.json"), "utf8")) as { sha256: unknown };
  await writeFile(join(target, "model.json"), JSON.stringify(about));
  assert.deepEqual((await loadRecommender(target)).state, two.state);
  // As after a kill before the last of the four files.
  await writeFile(join(target, "model.json"), former);
  await assert.rejects(loadRecommender(target), /Cannot read .*users\.arrow: it is not the table that model\.json/);
});
