import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { prngOf, randomInt } from "reclm/core";
import { type ChatTokenizer, type Message, openTokenizer, promptIds, tokeniseDialogue } from "reclm/llm";
import { idsOf, writeLlama2Vocabulary } from "../support/llama2Vocabulary";
import { temporaryFolder, tinyModel } from "../support/tinyModel";

async function opened(t: TestContext, path: string): Promise<ChatTokenizer> {
  const tokenizer = await openTokenizer(path);
  t.after(() => tokenizer.dispose());
  return tokenizer;
}

function keptText(tokenizer: ChatTokenizer, messages: readonly Message[]): string {
  const { ids, mask } = tokeniseDialogue(tokenizer, messages);
  assert.equal(mask.length, ids.length);
  return tokenizer.decode(
    ids.filter((_, t) => mask[t] === 1),
    { special: true },
  );
}

const user = (content: string): Message => ({ role: "user", content });
const assistant = (content: string): Message => ({ role: "assistant", content });
const system = (content: string): Message => ({ role: "system", content });

test("ids equal transformers' apply_chat_template for SmolLM2", async (t) => {
  const model = ["Q8_0", "Q4_1"]
    .map((type) => join(process.cwd(), `data/models/SmolLM2-135M-Instruct.${type}.gguf`))
    .find((path) => existsSync(path));
  if (model === undefined) {
    t.skip("SmolLM2 is not in data/models");
    return;
  }
  // test/reference/llm/tokens.py
  const reference = JSON.parse(
    readFileSync(join(process.cwd(), "test/reference/llm/tokens.json"), "utf8"),
  ) as readonly {
    readonly messages: readonly Message[];
    readonly ids: readonly number[];
    readonly prompt: readonly number[];
  }[];
  const tokenizer = await opened(t, model);
  for (const { messages, ids, prompt } of reference) {
    assert.deepEqual([...tokeniseDialogue(tokenizer, messages).ids], ids);
    assert.deepEqual([...promptIds(tokenizer, messages.slice(0, -1))], prompt);
    const responses = messages.filter(({ role }) => role === "assistant");
    assert.equal(keptText(tokenizer, messages), responses.map(({ content }) => `${content}<|im_end|>`).join(""));
  }
  // The template's own system message is neither dropped nor supervised.
  const { ids, mask } = tokeniseDialogue(tokenizer, [user("Hi"), assistant("Yes")]);
  assert.match(tokenizer.decode(ids, { special: true }), /^<\|im_start\|>system\nYou are a helpful AI assistant/);
  assert.deepEqual([...mask.subarray(-5)], [0, 0, 1, 1, 0]);
});

test("the mask keeps exactly the responses with their ends, and prompts begin dialogues", async (t) => {
  const tokenizer = await opened(t, await tinyModel(t, { seed: 1 }));
  const alphabet = [
    "a",
    " the",
    "\n",
    "  ",
    "<|im_end|>",
    "<|im_start|>",
    "é",
    "🎬",
    "[x]",
    "1995",
    "\t",
    "\uE000",
    ";",
  ];
  const prng = prngOf(5, "dialogues");
  const text = (least: number): string =>
    Array.from({ length: least + randomInt(prng, 9) }, () => alphabet[randomInt(prng, alphabet.length)]).join("");
  for (let round = 0; round < 60; round++) {
    const turns = Array.from({ length: 1 + randomInt(prng, 3) }, () => [user(text(0)), assistant(text(1))]).flat();
    const messages = round % 2 === 0 ? [system(text(0)), ...turns] : turns;
    const responses = messages.filter(({ role }) => role === "assistant");
    assert.equal(keptText(tokenizer, messages), responses.map(({ content }) => `${content}<|im_end|>`).join(""));
    const { ids, mask } = tokeniseDialogue(tokenizer, messages);
    // Control tokens stand only where the template puts them.
    assert.equal(ids.filter((id) => id === tokenizer.specialTokens.get("<|im_end|>")).length, messages.length);
    assert.equal(ids.filter((id) => id === tokenizer.specialTokens.get("<|im_start|>")).length, messages.length);
    messages.forEach(({ role }, i) => {
      if (role !== "assistant") return;
      const prompt = promptIds(tokenizer, messages.slice(0, i));
      assert.deepEqual(ids.subarray(0, prompt.length), prompt);
      assert.equal(mask[prompt.length], 1);
      assert.equal(mask[prompt.length - 1], 0);
    });
    assert.ok(tokeniseDialogue(tokenizer, messages, { supervise: "all" }).mask.every((bit) => bit === 1));
  }
});

test("truncation cuts the end and never leaves a dialogue without a supervised token", async (t) => {
  const tokenizer = await opened(t, await tinyModel(t, { seed: 1 }));
  const messages = [user("What?"), assistant("This.")];
  const whole = tokeniseDialogue(tokenizer, messages);
  const first = whole.mask.indexOf(1);
  const cut = tokeniseDialogue(tokenizer, messages, { maxTokens: first + 1 });
  assert.deepEqual(cut.ids, whole.ids.slice(0, first + 1));
  assert.deepEqual(
    [...cut.mask].reduce((sum, bit) => sum + bit),
    1,
  );
  assert.throws(() => tokeniseDialogue(tokenizer, messages, { maxTokens: first }), RangeError);
  assert.throws(() => tokeniseDialogue(tokenizer, [user("What?")]), /hold no response/);
});

test("llama-2's template: begin and end tokens a turn, system text inside the first question, ids by hand", async (t) => {
  const path = join(await temporaryFolder(t), "llama2.gguf");
  await writeLlama2Vocabulary(path);
  const tokenizer = await opened(t, path);
  const open = ["<s>", "▁[", "INST", "]"];
  const close = ["▁[", "/", "INST", "]"];
  const answer = ["▁Yes", "▁", "</s>"];
  const asked = [...open, "▁hi", ...close];
  assert.deepEqual([...promptIds(tokenizer, [user(" hi\n")])], idsOf(...asked));
  const twoTurns = [user("hi"), assistant(" Yes "), user("hi"), assistant("Yes")];
  const { ids, mask } = tokeniseDialogue(tokenizer, twoTurns);
  assert.deepEqual([...ids], idsOf(...asked, ...answer, ...asked, ...answer));
  const kept = [...asked.map(() => 0), ...answer.map(() => 1)];
  assert.deepEqual([...mask], [...kept, ...kept]);
  assert.equal(keptText(tokenizer, twoTurns).replaceAll(" ", ""), "Yes</s>Yes</s>");
  const system2 = ["▁", "<", "<", "S", "Y", "S", ">", ">", "\n", "A", "\n", "<", "<", "/", "S", "Y", "S", ">", ">"];
  assert.deepEqual(
    [...promptIds(tokenizer, [system("A"), user("hi")])],
    idsOf(...open, ...system2, "\n", "\n", "hi", ...close),
  );
  // Text that looks like a control token stays text.
  const spelled = promptIds(tokenizer, [user("</s>")]);
  assert.equal(spelled.filter((id) => id === 2).length, 0);
  assert.throws(() => promptIds(tokenizer, [assistant("Yes")]), /roles must alternate/);
});

test("ids decode to the text they came from; ids outside the vocabulary are refused", async (t) => {
  const tokenizer = await opened(t, await tinyModel(t, { seed: 1 }));
  const text = "The Ünicode movie\n\t(1995) <|im_end|> 日本";
  assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
  assert.deepEqual([...tokenizer.encode("")], []);
  assert.deepEqual([...tokenizer.encode("<|im_end|>", { special: true })], [tokenizer.eotId]);
  assert.ok(tokenizer.isEndOfTurn(tokenizer.eotId));
  assert.throws(() => tokenizer.decode([tokenizer.vocabSize]), RangeError);
});
