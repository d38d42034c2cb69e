// Expected values: test/reference/peft/trl_reads.py (TRL's SFTTrainer and RewardTrainer) and axolotl_reads.py (Axolotl's loader).
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { hashBytes, hashFile } from "reclm/core";
import { openTokenizer, promptIds, tokeniseDialogue, trainingTemplate, writeTinyModel, type Message } from "reclm/llm";
import {
  conversationRow,
  preferenceRow,
  promptRow,
  writeConversations,
  type ConversationRow,
  type PreferenceRow,
} from "reclm/tuning";
import { rulesTeacher, userExamples } from "reclm/profiles";
import { preferencePairs, userProfilePrompt } from "reclm/prompts";
import { toyHistories, toySource } from "../prompts/toy";
import { temporaryFolder } from "../support/tinyModel";
import { conversations, pairs, prompts, writeTemplate, writeTrainingSets } from "../support/trainingSets";

interface Masked {
  readonly ids: readonly number[];
  readonly mask: readonly number[];
}

interface Reads {
  readonly sha256: Readonly<Record<string, string>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly models: Readonly<
    Record<
      "tiny" | "smollm2",
      {
        /** SHA-256 of the training template. */
        readonly template: string;
        readonly ownTemplateMarked: boolean;
        readonly conversations: readonly Masked[];
        readonly preferences: readonly { readonly chosen: readonly number[]; readonly rejected: readonly number[] }[];
        readonly prompts: readonly (readonly number[])[];
      }
    >
  >;
}

interface AxolotlReads {
  readonly sha256: string;
  readonly models: Readonly<Record<"tiny" | "smollm2", readonly Masked[]>>;
}

function reference<T>(name: string): T {
  return JSON.parse(readFileSync(join(process.cwd(), "test/reference/peft", name), "utf8")) as T;
}

const trl = reference<Reads>("trl_reads.json");
const axolotl = reference<AxolotlReads>("axolotl_reads.json");

async function linesOf(path: string): Promise<readonly unknown[]> {
  const text = await readFile(path, "utf8");
  assert.ok(text.endsWith("\n"));
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

async function modelPath(t: TestContext, name: "tiny" | "smollm2"): Promise<string | undefined> {
  if (name === "smollm2") {
    const paths = ["Q8_0", "Q4_1"].map((type) => `data/models/SmolLM2-135M-Instruct.${type}.gguf`);
    return paths.map((path) => join(process.cwd(), path)).find((path) => existsSync(path));
  }
  const path = join(await temporaryFolder(t), "tiny.gguf");
  await writeTinyModel(path, { seed: 1 });
  return path;
}

test("the files are, byte for byte, those that TRL and Axolotl have read", async (t) => {
  const folder = await temporaryFolder(t);
  await writeTrainingSets(folder);
  for (const [name, sha256] of Object.entries(trl.sha256))
    assert.equal(await hashFile(join(folder, name)), sha256, name);
  assert.equal(trl.sha256["conversations.jsonl"], axolotl.sha256);
  assert.deepEqual(trl.counts, {
    "conversations.jsonl": conversations.length,
    "preferences.jsonl": pairs.length,
    "prompts.jsonl": prompts.length,
  });
  // The rows hold the examples' own messages.
  const rows = (await linesOf(join(folder, "conversations.jsonl"))) as readonly ConversationRow[];
  rows.forEach(({ id, messages }, i) =>
    assert.deepEqual({ id, messages }, { id, messages: conversations[i]!.messages }),
  );
  const preferences = (await linesOf(join(folder, "preferences.jsonl"))) as readonly PreferenceRow[];
  preferences.forEach(({ kind, prompt, chosen, rejected }, i) => {
    const pair = pairs[i]!;
    assert.deepEqual([kind, prompt], [pair.kind, pair.messages]);
    assert.deepEqual(chosen, [{ role: "assistant", content: pair.chosen }]);
    assert.deepEqual(rejected, [{ role: "assistant", content: pair.rejected }]);
  });
});

for (const name of ["tiny", "smollm2"] as const) {
  test(`${name}: ids and assistant masks of TRL and Axolotl are ours, one turn and two`, async (t) => {
    const path = await modelPath(t, name);
    if (path === undefined) return t.skip("SmolLM2 is not in data/models: npm run setup");
    const tokenizer = await openTokenizer(path);
    t.after(() => tokenizer.dispose());
    const expected = trl.models[name];
    assert.equal(hashBytes(trainingTemplate(tokenizer)), expected.template);
    assert.equal(expected.ownTemplateMarked, false);
    const turns = conversations.map(({ messages }) => messages.filter(({ role }) => role === "assistant").length);
    assert.deepEqual([...new Set(turns)].sort(), [1, 2]);
    conversations.forEach(({ id, messages }, i) => {
      const { ids, mask } = tokeniseDialogue(tokenizer, messages);
      assert.deepEqual({ ids: [...ids], mask: [...mask] }, expected.conversations[i], `TRL, ${id}`);
      assert.deepEqual({ ids: [...ids], mask: [...mask] }, axolotl.models[name][i], `Axolotl, ${id}`);
    });
    const answered = (messages: readonly Message[], content: string): readonly number[] => [
      ...tokeniseDialogue(tokenizer, [...messages, { role: "assistant", content }]).ids,
    ];
    pairs.forEach(({ messages, chosen, rejected }, i) => {
      const found = { chosen: answered(messages, chosen), rejected: answered(messages, rejected) };
      assert.deepEqual(found, expected.preferences[i]);
    });
    prompts.forEach(({ messages }, i) => assert.deepEqual([...promptIds(tokenizer, messages)], expected.prompts[i]));
  });
}

test("TRL itself reads what was just written", async (t) => {
  const python = process.env["RECLM_PEFT_PYTHON"];
  const smollm2 = await modelPath(t, "smollm2");
  if (python === undefined) return t.skip("RECLM_PEFT_PYTHON names no Python with TRL (docs/peft-trl.md)");
  if (smollm2 === undefined) return t.skip("SmolLM2 is not in data/models: npm run setup");
  const folder = await temporaryFolder(t);
  await writeTrainingSets(folder);
  await writeTinyModel(join(folder, "tiny.gguf"), { seed: 1 });
  await writeTemplate(folder, "tiny", join(folder, "tiny.gguf"));
  await writeTemplate(folder, "smollm2", smollm2);
  const script = join(process.cwd(), "test/reference/peft/trl_reads.py");
  const output = join(folder, "found.json");
  await promisify(execFile)(python, [script, folder, smollm2, output], {
    env: { ...process.env, HF_HUB_OFFLINE: "1" },
    maxBuffer: 1e8,
  });
  assert.deepEqual(JSON.parse(await readFile(output, "utf8")), trl);
});

test("examples, pairs and prompts are rows as they are", () => {
  const limits = { targetItems: 8, neighbourItems: 4 };
  const teacher = rulesTeacher(toySource);
  const [example] = userExamples(toySource, teacher, [0], { limits }).examples;
  assert.deepEqual(conversationRow(example!), { id: "user 0", messages: example!.messages });
  const messages = userProfilePrompt(toySource, { history: toyHistories[0]!, neighbours: [1] }, limits);
  assert.deepEqual(promptRow({ id: "user 0", messages }), { id: "user 0", prompt: messages });
  const options = {
    users: [0],
    promptOf: () => messages,
    profileOf: (user: number) => teacher.profileOf(user, toyHistories[user]!),
    similarUsersOf: () => [1],
    seed: 1,
  };
  const [pair] = preferencePairs(options).pairs;
  assert.deepEqual(preferenceRow(pair!), {
    id: "pair 0-1",
    kind: pair!.kind,
    prompt: messages,
    chosen: [{ role: "assistant", content: pair!.chosen }],
    rejected: [{ role: "assistant", content: pair!.rejected }],
  });
});

test("rows that a trainer could make nothing of are refused by name, and leave no file", async (t) => {
  const folder = await temporaryFolder(t);
  const question: Message = { role: "user", content: "Yes?" };
  const answer: Message = { role: "assistant", content: "Yes" };
  assert.throws(
    () => conversationRow({ id: "x", messages: [question] }),
    /conversation "x": it does not end with an answer/,
  );
  assert.throws(() => conversationRow({ id: "x", messages: [] }), RangeError);
  assert.throws(
    () => promptRow({ id: "y", messages: [question, answer] }),
    /prompt "y": it does not end with a question/,
  );
  const pair = { ...pairs[0]!, id: "z" };
  assert.throws(() => preferenceRow({ ...pair, rejected: pair.chosen }), /preference "z": both answers are the same/);
  assert.throws(() => preferenceRow({ ...pair, messages: [] }), /prompt "z"/);
  const examples = [conversations[0]!, { id: "x", messages: [question] }];
  await assert.rejects(writeConversations(join(folder, "bad.jsonl"), examples), { name: "RangeError", message: /"x"/ });
  assert.deepEqual(await readdir(folder), []);
});

test("many rows are written as they come, none and one are files too", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "rows.jsonl");
  let pulled = 0;
  async function* rows() {
    for (let i = 0; i < 5000; i++) {
      pulled++;
      yield { id: `${i}`, messages: conversations[i % conversations.length]!.messages };
      await Promise.resolve();
    }
  }
  assert.equal(await writeConversations(path, rows()), 5000);
  assert.equal(pulled, 5000);
  const found = (await linesOf(path)) as readonly ConversationRow[];
  assert.deepEqual(
    found.map(({ id }) => id),
    Array.from({ length: 5000 }, (_, i) => `${i}`),
  );
  assert.equal(await writeConversations(path, []), 0);
  assert.equal(await readFile(path, "utf8"), "");
  assert.equal(await writeConversations(path, conversations.slice(0, 1)), 1);
  assert.equal((await linesOf(path)).length, 1);
  assert.deepEqual(await readdir(folder), ["rows.jsonl"]);
});
