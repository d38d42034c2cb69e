import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { dataStage, pathsOfClone, presetOf, promptSourceOf, readPresetFile, sourceHash } from "reclm/experiment";
import { userProfilePrompt } from "reclm/prompts";
import { encoderMissing, smokeBench } from "../smokeRun";

const { root } = pathsOfClone();
const toy = join(root, "data", "toy", "preset.json");

function fileOf(t: TestContext, value: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), "preset-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "own.json");
  writeFileSync(path, JSON.stringify(value));
  return path;
}

const files = {
  interactions: { file: "a.csv", delimiter: ",", columns: { user: "u", item: "i", time: "t" } },
  items: { file: "b.parquet", columns: { id: "id", title: "title" } },
};

test("the page's example is the file beside the toy data, and changes what it says of the preset it is like", async () => {
  const page = readFileSync(join(root, "docs", "own-data.md"), "utf8");
  assert.ok(page.includes(`\`\`\`json\n${readFileSync(toy, "utf8")}\`\`\``));
  const quick = presetOf("quick");
  const { data, name, recommenders, ...rest } = await readPresetFile(toy);
  assert.deepEqual([name, data.source, data.sample, data.minRating], ["toy", "files", undefined, 4]);
  assert.equal(data.files!.interactions.file, join(root, "data", "toy", "ratings.csv"));
  assert.deepEqual(recommenders, { ...quick.recommenders, seeds: 3, epochs: 40 });
  assert.deepEqual(rest.ppo, quick.ppo);
  assert.equal(rest.model.source, "smollm2-135m");
});

test("own data go through import, split and prompts, in their own words", { skip: encoderMissing }, async (t) => {
  const { experiment, dispose } = await smokeBench();
  t.after(dispose);
  const words = {
    item: "tale",
    items: "tales",
    categories: "moods",
    person: "Listener",
    bands: ["Loud", "Mid", "Low"],
  };
  const given = JSON.parse(readFileSync(toy, "utf8")) as { data: object };
  const path = fileOf(t, { ...given, like: "smoke", data: { ...given.data, words } });
  const preset = { ...(await readPresetFile(path)), data: { ...(await readPresetFile(toy)).data, words } } as const;
  const own = { ...experiment, preset: preset as unknown as typeof experiment.preset };
  const { catalogue, interactions, name } = await dataStage.run(own);
  assert.deepEqual([name, catalogue.size, interactions.users.length], ["toy", 12, 54]);
  const source = await promptSourceOf(own);
  const group = { history: source.histories.find((items) => items.length > 0)!, neighbours: [] };
  const [prompt] = userProfilePrompt(source, group, { targetItems: 2, neighbourItems: 2 });
  assert.match(prompt!.content, /tales/);
  assert.doesNotMatch(prompt!.content, /film/i);
});

test(
  "how files are read, and words, are part of what the data stage depends on",
  { skip: encoderMissing },
  async (t) => {
    const { experiment, dispose } = await smokeBench();
    t.after(dispose);
    const preset = await readPresetFile(toy);
    const hashOf = (data: typeof preset.data) => dataStage.hash({ ...experiment, preset: { ...preset, data } });
    const { interactions, items } = preset.data.files!;
    const other = { ...interactions, columns: { ...interactions.columns, item: "user" } };
    const hashes = [
      hashOf(preset.data),
      hashOf({ ...preset.data, files: { interactions: other, items } }),
      hashOf({ ...preset.data, words: { ...preset.data.words!, item: "tale" } }),
    ];
    assert.equal(new Set(hashes).size, 3);
    const gone = { ...interactions, file: "/nowhere/ratings.csv" };
    const absent = { ...preset, data: { ...preset.data, files: { interactions: gone, items } } };
    assert.throws(
      () => sourceHash({ ...experiment, preset: absent }),
      /Cannot find \/nowhere\/ratings.csv: the preset names it/,
    );
  },
);

test("samples, models and other settings", async (t) => {
  const path = fileOf(t, {
    name: "own",
    like: "quick",
    data: { ...files, words: "product", sample: { users: 10, items: 20 } },
    model: { file: "m.gguf", contextTokens: 512 },
    generation: { threads: 3 },
  });
  const { data, model, generation } = await readPresetFile(path);
  assert.deepEqual(data.sample, { users: 10, items: 20, keep: [] });
  assert.equal(data.words!.item, "product");
  assert.deepEqual([model.source, model.contextTokens, model.lora.rank], ["file", 512, 8]);
  assert.ok(model.file!.endsWith("/m.gguf"));
  assert.equal(generation.threads, 3);
});

test("a sample needs a count of users; without one of items it has all that they like", async (t) => {
  const read = (sample: object) =>
    readPresetFile(fileOf(t, { name: "own", like: "quick", data: { ...files, sample } }));
  assert.deepEqual((await read({ users: 10 })).data.sample, { users: 10, keep: [] });
  await assert.rejects(() => read({ items: 20 }), /data.sample.users is missing/);
  await assert.rejects(() => read({ users: 10, items: 0.5 }), /data.sample.items must be a whole number, 1 or more/);
});

test("settings that the preset it is like does without are there all the same", async (t) => {
  const path = fileOf(t, {
    name: "own",
    like: "smoke",
    prompts: { leastItems: 1, candidates: "seen" },
    ablation: { users: 9 },
    generation: { lanes: 2, sharePrefix: "list", threads: "measure" },
    notebooks: ["01-data"],
  });
  const smoke = presetOf("smoke");
  const { prompts, ablation, generation, notebooks } = await readPresetFile(path);
  assert.deepEqual(prompts, { ...smoke.prompts, leastItems: 1, candidates: "seen" });
  assert.deepEqual(ablation, { ...smoke.ablation, users: 9 });
  assert.deepEqual(generation, { ...smoke.generation, lanes: 2, sharePrefix: "list", threads: "measure" });
  assert.deepEqual(notebooks, ["01-data"]);
});

test("a teacher's files are found from the preset's folder", async (t) => {
  const given = { name: "own", like: "quick", teacher: { writer: "GPT-4o", users: "users.csv" } };
  for (const items of [{}, { items: "/items.jsonl" }]) {
    const path = fileOf(t, { ...given, teacher: { ...given.teacher, ...items } });
    const users = join(dirname(path), "users.csv");
    assert.deepEqual((await readPresetFile(path)).teacher, { writer: "GPT-4o", users, ...items });
  }
});

for (const [what, value, message] of [
  ["a preset's own name", { name: "quick", like: "quick" }, /name must be a word/],
  ["a path for a name", { name: "../x", like: "quick" }, /name must be a word/],
  ["no preset to be like", { name: "own" }, /like must be one of smoke, quick, ml-100k/],
  [
    "a setting that does not exist",
    { name: "own", like: "quick", ppo: { stpes: 3 } },
    /ppo.stpes does not exist: there are seeds/,
  ],
  [
    "a setting of another kind",
    { name: "own", like: "quick", ppo: { steps: "3" } },
    /ppo.steps must be a whole number, 1 or more/,
  ],
  ["a list for an object", { name: "own", like: "quick", ppo: [] }, /ppo must be an object/],
  [
    "one table alone",
    { name: "own", like: "quick", data: { items: files.items } },
    /data.interactions must be an object/,
  ],
  [
    "a column that is missing",
    { name: "own", like: "quick", data: { ...files, items: { file: "b.csv", columns: { id: "id" } } } },
    /data.items.columns.title is missing/,
  ],
  [
    "a column that does not exist",
    {
      name: "own",
      like: "quick",
      data: { ...files, items: { file: "b.csv", columns: { id: "id", title: "t", plot: "p" } } },
    },
    /data.items.columns.plot does not exist/,
  ],
  ["unknown words", { name: "own", like: "quick", data: { words: "song" } }, /data.words must be film, news, product/],
  [
    "a teacher without a name",
    { name: "own", like: "quick", teacher: { users: "a.jsonl" } },
    /teacher.writer must say/,
  ],
  ["a teacher without profiles", { name: "own", like: "quick", teacher: { writer: "x" } }, /teacher.users must name/],
  ["a misspelt recommender", { name: "own", like: "quick", recommenders: { models: ["LightGCM"] } }, /LightGCN, SGL/],
  [
    "no recommender",
    { name: "own", like: "quick", recommenders: { models: [] } },
    /recommenders.models must be a list/,
  ],
  ["half a step", { name: "own", like: "quick", mask: { steps: 0.5 } }, /mask.steps must be a whole number, 1 or more/],
  ["a fold beyond the split's", { name: "own", like: "ml-100k", split: { folds: 3 } }, /fusions.folds must lie below/],
  ["an inherited name", { name: "own", like: "quick", ppo: { toString: 1 } }, /ppo.toString does not exist/],
  ["no bands", { name: "own", like: "quick", data: { words: { bands: [] } } }, /data.words.item is missing/],
] as const) {
  test(`a preset file with ${what} is refused`, async (t) => {
    const path = fileOf(t, value);
    await assert.rejects(readPresetFile(path), (error: unknown) => {
      assert.ok(error instanceof SyntaxError);
      assert.match(error.message, message);
      assert.ok(error.message.includes(path));
      return true;
    });
  });
}
