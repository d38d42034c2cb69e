import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import {
  type Answer,
  type GeneratorOptions,
  ledgerQuery,
  type LlamaGenerator,
  openGenerator,
  openGguf,
  readTensor,
  requantise,
  type Sampling,
  scoreTokens,
  tensorFrom,
  writeGguf,
} from "reclm/llm";
import { tinyModel } from "../support/tinyModel";

const free: Sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxTokens: 12 };
const greedy: Sampling = { ...free, temperature: 0, topK: 1 };
const END = 2;

function prompts(count: number): readonly Int32Array[] {
  // A shared beginning of 40 tokens, then different ends of different lengths.
  return Array.from({ length: count }, (_, p) =>
    Int32Array.from({ length: 42 + p }, (_, t) => (t < 40 ? 3 + t : 60 + ((7 * p + 3 * t) % 190))),
  );
}

const seeds = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => 4000 + i);

async function opened(t: TestContext, modelPath: string, options: Partial<GeneratorOptions>): Promise<LlamaGenerator> {
  const generator = await openGenerator({ modelPath, contextTokens: 256, ...options });
  t.after(() => generator.dispose());
  return generator;
}

const idsOf = (answers: readonly Answer[]): readonly (readonly number[])[] => answers.map(({ ids }) => [...ids]);

test("more prompts than sequences: same list, same answers, in the order of the prompts", async (t) => {
  const generator = await opened(t, await tinyModel(t, { seed: 1 }), { sequences: 3 });
  const done: number[] = [];
  const first = await generator.answer(prompts(8), free, seeds(8), { onAnswer: (index) => void done.push(index) });
  assert.equal(first.length, 8);
  assert.deepEqual([...done].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.ok(new Set(idsOf(first).map(String)).size === 8);
  assert.deepEqual(await generator.answer(prompts(8), free, seeds(8)), first);
  const other = await generator.answer(prompts(8), free, seeds(9).slice(1));
  assert.notDeepEqual(idsOf(other), idsOf(first));
  assert.deepEqual(await generator.answer([], free, []), []);
});

test("one sequence without shared prefixes: an answer does not depend on its neighbours", async (t) => {
  const generator = await opened(t, await tinyModel(t, { seed: 1 }), { sharePrefix: false });
  const all = await generator.answer(prompts(4), free, seeds(4));
  for (const i of [3, 0, 2]) {
    assert.deepEqual(await generator.answer([prompts(4)[i]!], free, [seeds(4)[i]!]), [all[i]]);
  }
});

test("greedy answers are the likeliest tokens, and are the same from one and from many sequences", async (t) => {
  const model = await tinyModel(t, { seed: 1 });
  const one = await opened(t, model, { exact: true, sharePrefix: false });
  const many = await opened(t, model, { exact: true, sequences: 4 });
  const answers = await one.answer(prompts(6), greedy, seeds(6));
  assert.deepEqual(await many.answer(prompts(6), greedy, seeds(6)), answers);
  const ids = Int32Array.of(...prompts(1)[0]!, answers[0]!.ids[0]!);
  const best = (await scoreTokens(one, ids)).at(-1)!;
  for (const rival of [5, 50, 150, 250]) {
    assert.ok((await scoreTokens(one, Int32Array.of(...prompts(1)[0]!, rival))).at(-1)! <= best);
  }
});

test("the common beginning of a list, evaluated once for all sequences: the same greedy answers, other keys in the ledger", async (t) => {
  const model = await tinyModel(t, { seed: 1 });
  const alone = await opened(t, model, { exact: true, sharePrefix: false });
  const shared = await opened(t, model, { exact: true, sequences: 3, sharePrefix: "list" });
  const answers = await alone.answer(prompts(7), greedy, seeds(7));
  assert.deepEqual(await shared.answer(prompts(7), greedy, seeds(7)), answers);
  // Nothing of the beginning stays: other prompts, one prompt that is the beginning itself, and one prompt alone.
  const others = [Int32Array.from({ length: 50 }, (_, t) => 90 + t), prompts(1)[0]!.subarray(0, 40), prompts(1)[0]!];
  const wanted = await alone.answer(others, greedy, seeds(3));
  assert.deepEqual(await shared.answer(others, greedy, seeds(3)), wanted);
  assert.deepEqual(await shared.answer(others.slice(1), greedy, seeds(3).slice(1)), wanted.slice(1));
  assert.deepEqual(await shared.answer(others.slice(2), greedy, seeds(3).slice(2)), wanted.slice(2));
  const [own, other] = [shared, alone].map((generator) => ledgerQuery(generator, prompts(1)[0]!, free, 1));
  assert.equal(own!.seed, other!.seed);
  assert.notEqual(own!.key, other!.key);
});

test("scores are log-probabilities: over the whole vocabulary they add up to 1", async (t) => {
  const model = await tinyModel(t, { seed: 3 });
  const generator = await opened(t, model, { exact: true });
  const vocabulary = (await openGguf(model)).tensors.get("token_embd.weight")!.dims[1]!;
  let sum = 0;
  for (let id = 0; id < vocabulary; id++)
    sum += Math.exp((await scoreTokens(generator, Int32Array.of(70, 71, id)))[1]!);
  assert.ok(Math.abs(sum - 1) < 1e-4, `they add up to ${sum}`);
  assert.equal((await scoreTokens(generator, Int32Array.of(70))).length, 0);
});

test("the next tokens of a choice have the probabilities that the whole sequences have", async (t) => {
  const generator = await opened(t, await tinyModel(t, { seed: 3 }), { exact: true, sequences: 2 });
  for (const prompt of [[70], [70, 71, 72, 73, 74]]) {
    const choices = [5, 250, 71];
    const chosen = await generator.choose(Int32Array.from(prompt), choices);
    for (const [at, choice] of choices.entries()) {
      const whole = (await scoreTokens(generator, Int32Array.from([...prompt, choice]))).at(-1)!;
      assert.ok(Math.abs(chosen[at]! - whole) < 1e-5, `${chosen[at]}, not ${whole}`);
    }
  }
  await assert.rejects(generator.choose(new Int32Array(0), [1]), /Cannot score what follows an empty prompt/);
});

/** The tiny model with every embedding but the end token's at zero and blocks that change nothing: it always ends. */
async function endingModel(t: TestContext): Promise<string> {
  const source = await tinyModel(t, { seed: 1, tied: false });
  const file = await openGguf(source);
  const tensors = [];
  for (const { name, dims } of file.tensors.values()) {
    const values = await readTensor(file, name);
    if (name === "output.weight") values.fill(0);
    if (name === "token_embd.weight") values.fill(1);
    if (name.startsWith("blk.") && !name.includes("norm")) values.fill(0);
    if (name === "output.weight") values.fill(1, END * 64, (END + 1) * 64);
    tensors.push(tensorFrom(name, dims, values));
  }
  const path = join(dirname(source), "ending.gguf");
  await writeGguf(path, { metadata: file.metadata, tensors });
  return path;
}

test("answers tell the log-probabilities that their tokens were drawn with, after the temperature", async (t) => {
  const modelPath = await tinyModel(t, { seed: 1 });
  const generator = await opened(t, modelPath, { sequences: 3, exact: true });
  const [plain] = await generator.answer(prompts(3), free, seeds(3));
  assert.equal(plain!.logProbs, undefined);
  const warm = await generator.answer(prompts(3), free, seeds(3), { logProbs: true });
  const cool = await generator.answer(prompts(3), { ...free, temperature: 0.5 }, seeds(3), { logProbs: true });
  const whole = (p: number, { ids }: Answer): Int32Array => Int32Array.from([...prompts(3)[p]!, ...ids]);
  for (const [p, answer] of warm.entries()) {
    const scored = (await scoreTokens(generator, whole(p, answer))).slice(-answer.ids.length);
    answer.logProbs!.forEach((value, k) => {
      assert.ok(Math.abs(value - scored[k]!) < 1e-4, `${value}, not ${scored[k]}`);
    });
  }
  // At temperature .5 a token's probability is its own squared over the sum of all squares.
  const vocabulary = Number((await openGguf(modelPath)).metadata.get("llama.vocab_size")!.value);
  for (const [p, answer] of cool.entries()) {
    const prompt = prompts(3)[p]!;
    const first = answer.ids[0]!;
    const ofEach = [];
    for (let id = 0; id < vocabulary; id++) {
      ofEach.push((await scoreTokens(generator, Int32Array.from([...prompt, id]))).at(-1)!);
    }
    const total = ofEach.reduce((sum, value) => sum + Math.exp(2 * value), 0);
    assert.ok(Math.abs(answer.logProbs![0]! - (2 * ofEach[first]! - Math.log(total))) < 1e-3);
  }
});

test("an answer stops at the end of its turn, with the end token and without its text", async (t) => {
  const generator = await opened(t, await endingModel(t), { sequences: 2 });
  const answers = await generator.answer(prompts(3), greedy, seeds(3));
  for (const answer of answers) assert.deepEqual(answer, { ids: Int32Array.of(END), text: "", finish: "stop" });
});

test("length and bad arguments", async (t) => {
  const generator = await opened(t, await tinyModel(t, { seed: 1 }), { sequences: 2 });
  const [long] = await generator.answer(prompts(1), { ...greedy, maxTokens: 3 }, [1]);
  assert.deepEqual([long!.ids.length, long!.finish], [3, "length"]);
  await assert.rejects(
    generator.answer(prompts(1), { ...free, maxTokens: 250 }, [1]),
    /42 tokens and 250 of the answer/,
  );
  await assert.rejects(generator.answer([new Int32Array(0)], free, [1]), /prompt 0: it is empty/);
  await assert.rejects(generator.answer(prompts(2), free, [1]), /1 seeds are given/);
  await assert.rejects(generator.answer(prompts(1), { ...free, topP: 0 }, [1]), /topP 0/);
  await assert.rejects(openGenerator({ modelPath: "no/such.gguf", contextTokens: 64 }), /no\/such\.gguf/);
});

test("an abort ends the job with its reason, and the generator goes on working", async (t) => {
  const generator = await opened(t, await tinyModel(t, { seed: 1 }), { sequences: 2 });
  const expected = await generator.answer(prompts(3), free, seeds(3));
  const stop = new AbortController();
  let answered = 0;
  const job = generator.answer(prompts(8), free, seeds(8), {
    signal: stop.signal,
    onAnswer: () => {
      answered++;
      stop.abort(new Error("enough"));
    },
  });
  await assert.rejects(job, /enough/);
  assert.ok(answered < 8);
  await assert.rejects(generator.answer(prompts(1), free, seeds(1), { signal: stop.signal }), /enough/);
  const failing = generator.answer(prompts(3), free, seeds(3), {
    onAnswer: () => {
      throw new Error("disk full");
    },
  });
  await assert.rejects(failing, /disk full/);
  assert.deepEqual(await generator.answer(prompts(3), free, seeds(3)), expected);
});

test("a repeat penalty keeps greedy answers from going in circles", async (t) => {
  const generator = await opened(t, await tinyModel(t, { seed: 1 }), {});
  const distinct = async (repeatPenalty: number): Promise<number> => {
    const [answer] = await generator.answer(prompts(1), { ...greedy, maxTokens: 60, repeatPenalty }, [1]);
    return new Set(answer!.ids).size;
  };
  assert.ok((await distinct(5)) > (await distinct(1)));
});

test("files we wrote as Q8_0 and F16 load, and score nearly as the F32 model", async (t) => {
  const model = await tinyModel(t, { seed: 2 });
  const ids = prompts(1)[0]!;
  const exact = await scoreTokens(await opened(t, model, { exact: true }), ids);
  for (const [type, most] of [
    ["F16", 0.05],
    ["Q8_0", 0.3],
  ] as const) {
    const path = join(dirname(model), `${type}.gguf`);
    await requantise(model, path, type);
    const scores = await scoreTokens(await opened(t, path, { exact: true }), ids);
    const gap = scores.reduce((sum, value, i) => Math.max(sum, Math.abs(value - exact[i]!)), 0);
    assert.ok(gap > 0 && gap < most, `${type} differs by ${gap}`);
  }
});

test("the number of threads can be measured", { timeout: 60_000 }, async (t) => {
  const generator = await opened(t, await tinyModel(t, { seed: 1 }), { threads: "measure", sequences: 2 });
  assert.ok(Number.isInteger(generator.threads) && generator.threads >= 1);
});

test("two lanes: same list, same answers; each is what its lane alone would answer", async (t) => {
  const model = await tinyModel(t, { seed: 1 });
  const two = await opened(t, model, { sequences: 4, lanes: 2 });
  const done: number[] = [];
  const answers = await two.answer(prompts(7), free, seeds(7), { onAnswer: (index) => void done.push(index) });
  assert.deepEqual([...done].sort(), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(await two.answer(prompts(7), free, seeds(7)), answers);
  const one = await opened(t, model, { sequences: 2 });
  for (const lane of [0, 1]) {
    const own = [0, 1, 2, 3, 4, 5, 6].filter((index) => index % 2 === lane);
    const alone = await one.answer(own.map((i) => prompts(7)[i]!), free, own.map((i) => seeds(7)[i]!)); // prettier-ignore
    assert.deepEqual(idsOf(alone), idsOf(own.map((i) => answers[i]!)));
  }
});

test("what one lane throws ends the other, and the generator goes on working", async (t) => {
  const generator = await opened(t, await tinyModel(t, { seed: 1 }), { sequences: 2, lanes: 2 });
  const full = (index: number): void => {
    if (index === 1) throw new Error("disk full");
  };
  await assert.rejects(generator.answer(prompts(40), free, seeds(40), { onAnswer: full }), /disk full/);
  assert.equal((await generator.answer(prompts(2), free, seeds(2))).length, 2);
  await assert.rejects(
    openGenerator({ modelPath: await tinyModel(t, { seed: 1 }), contextTokens: 64, sequences: 2, lanes: 3 }),
    /Cannot answer on 3 lanes: they must be 1 or more, and no more than the 2 sequences/,
  );
});
