// Expected values: by hand.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { InputError, MissingInputError } from "reclm/core";
import {
  dataStage,
  fusionStages,
  instructionStage,
  neighbourStage,
  pathsOfClone,
  presetOf,
  promptSourceOf,
  teacherProfiles,
  teacherQuestions,
  teachersOf,
  type Experiment,
} from "reclm/experiment";
import { encoderMissing, smokeBench } from "../smokeRun";

const skip = encoderMissing;
const { root } = pathsOfClone();
const text = (word: string): string =>
  `User identity: [${word} Fan], [b], [c]; User interests: [d], [e], [things like ${word}].`;

/** The smoke data with a file of profiles for all users but the first, and what the file is called. */
async function taught(t: TestContext, lines?: readonly string[]): Promise<{ own: Experiment; file: string }> {
  const { experiment, folder, dispose } = await smokeBench();
  t.after(dispose);
  const { interactions } = await dataStage.run(experiment);
  const all = interactions.userIds.map((id) => JSON.stringify({ id, text: text(`Word ${id}`) }));
  const file = join(folder, "gpt.jsonl");
  await writeFile(file, (lines ?? all.slice(1)).join("\n"));
  return { own: { ...experiment, preset: { ...experiment.preset, teacher: { writer: "GPT-x", users: file } } }, file };
}

test("the model is taught the words of a teacher's file, and items by the rules", { skip }, async (t) => {
  const { own } = await taught(t);
  const data = await dataStage.run(own);
  await neighbourStage.run(own);
  const { distillation, unable, teacherNote } = await instructionStage.run(own);
  const answers = [...distillation.examples, ...distillation.heldOut].filter(({ kind }) => kind === "user");
  assert.ok(answers.length > 4);
  for (const { id, messages } of answers) {
    const user = Number(id.replace("user ", ""));
    assert.match(messages.at(-1)!.content, new RegExp(`\\[Word ${data.interactions.userIds[user]} Fan\\]`));
  }
  assert.equal(
    unable.some(({ id }) => id.startsWith("user ") && id !== "user 0"),
    false,
  );
  const users = data.interactions.userIds.length;
  assert.match(teacherNote, new RegExp(`^${users - 1} of ${users} users have a profile, 0 texts are none, 0 ids`));
  const { user, item } = await teacherProfiles(own, data);
  assert.deepEqual([user.writer, item.writer], ["GPT-x", "rules"]);
  assert.equal(user.profiles[0], undefined);
  const fusions = { ...own.preset.fusions, folds: [0, 1] };
  const stages = [own.preset, presetOf("smoke")].map((one) => fusionStages({ ...own, preset: { ...one, fusions } }));
  assert.deepEqual(
    stages.map(({ length }) => length),
    [1, 2],
    "the file was written from the histories of one fold",
  );
});

test("data of which the rules can say nothing stop before anything is tuned", { skip }, async (t) => {
  const { experiment, folder, dispose } = await smokeBench();
  t.after(dispose);
  const { interactions, catalogue } = await dataStage.run(experiment);
  const { userIds, itemIds, users, items, times } = interactions;
  const pairs = Array.from(users, (user, n) => [userIds[user], itemIds[items[n]!], times![n]].join(","));
  await writeFile(join(folder, "pairs.csv"), ["u,i,t", ...pairs].join("\n"));
  const stopped = async (columns: { readonly year?: string }, reason: RegExp): Promise<void> => {
    const lines = catalogue.indices().map((item) => `${itemIds[item]},Film ${item},${1980 + (item % 30)}`);
    await writeFile(join(folder, "items.csv"), ["i,name,y", ...lines].join("\n"));
    const files = {
      interactions: { file: join(folder, "pairs.csv"), delimiter: ",", columns: { user: "u", item: "i", time: "t" } },
      items: { file: join(folder, "items.csv"), delimiter: ",", columns: { id: "i", title: "name", ...columns } },
    };
    const data = { source: "files", minRating: 0, files } as const;
    const own: Experiment = { ...experiment, preset: { ...experiment.preset, data } };
    await dataStage.run(own);
    await neighbourStage.run(own);
    await assert.rejects(instructionStage.run(own), reason);
  };
  const message = /Cannot teach profiles of users: rules wrote none that can be shown: they need two categories/;
  await stopped({}, message);
  await stopped({ year: "y" }, message);
});

test("other words of the teacher are other lessons; the rules' lessons stay what they were", { skip }, async (t) => {
  const { own, file } = await taught(t);
  const { teacher: _, ...rules } = own.preset;
  const hashes = [own, { ...own, preset: rules }].map((one) => instructionStage.hash(one));
  assert.notEqual(hashes[0], hashes[1]);
  await writeFile(file, JSON.stringify({ id: "none", text: text("x") }));
  assert.notEqual(instructionStage.hash(own), hashes[0]);
  await assert.rejects(
    teachersOf(own, await promptSourceOf(own)),
    /^RangeError: Cannot learn from .*gpt\.jsonl: 0 of /,
  );
  await writeFile(file, "{");
  await assert.rejects(teachersOf(own, await promptSourceOf(own)), InputError);
  const gone = { ...own, preset: { ...own.preset, teacher: { writer: "GPT-x", users: `${file}.gone` } } };
  assert.throws(() => instructionStage.hash(gone), MissingInputError);
});

test("a teacher of items is replayed too; questions name the user and end in the form", { skip }, async (t) => {
  const { own, file } = await taught(t);
  const { interactions, histories } = await dataStage.read(own);
  const items = `${file}.items.jsonl`;
  await writeFile(
    items,
    JSON.stringify({ id: interactions.itemIds[3], text: text("Item").replaceAll("User", "Item") }),
  );
  const both = { ...own, preset: { ...own.preset, teacher: { writer: "GPT-x", users: file, items } } };
  const { item, user } = await teachersOf(both, await promptSourceOf(both));
  assert.equal(item.profileOf(3, [])?.identity[0], "Item Fan");
  assert.equal(item.profileOf(2, []), undefined);
  assert.match(user.note, /1 of \d+ items have a profile/);

  const questions = await teacherQuestions(own);
  assert.equal(questions.length, histories.filter((history) => history.length > 0).length);
  assert.equal(questions[0]!.id, interactions.userIds[histories.findIndex((history) => history.length > 0)]);
  assert.match(questions[0]!.messages[0]!.content, /in exactly this form: User identity: /);
});

test("the script of docs/own-data.md asks about every user", { skip }, async (t) => {
  const page = readFileSync(join(root, "docs", "own-data.md"), "utf8");
  const source = /```js\n([\s\S]*?)```/.exec(page)![1]!;
  const folder = await mkdtemp(join(root, ".cache", "questions-"));
  t.after(() => rm(folder, { recursive: true }));
  // Inside the clone, where `reclm/...` is found.
  const script = join(folder, "questions.mjs");
  await writeFile(script, source);
  const env = { ...process.env, RECLM_RUNS: join(folder, "runs") };
  const { stdout } = await promisify(execFile)(process.execPath, [script, "data/toy/preset.json"], { cwd: root, env });
  const questions = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly id: string; readonly messages: readonly unknown[] });
  assert.equal(new Set(questions.map(({ id }) => id)).size, 10, "the toy data have ten users");
  assert.ok(questions.every(({ messages }) => messages.length === 1));
});
