import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, rename, rmdir, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { InputError, MissingInputError, type ProgressState } from "reclm/core";
import {
  type Answer,
  answerAll,
  AnswerLedger,
  type GenerationControl,
  type Generator,
  ledgerQuery,
  openGenerator,
  type Sampling,
} from "reclm/llm";
import { behind } from "../core/child";
import { temporaryFolder, tinyModel } from "../support/tinyModel";

const sampling: Sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxTokens: 8 };
const identity = { modelHash: "m", adapterHashes: ["a"] };

/** Answers with the prompt's length, first token and seed; counts what it was asked. */
class Echo implements Generator {
  readonly modelHash = identity.modelHash;
  readonly adapterHashes = identity.adapterHashes;
  readonly asked: number[] = [];
  /** Fails after so many answers, as a kill would. */
  constructor(private readonly survives = Infinity) {}

  async answer(
    prompts: readonly Int32Array[],
    _: Sampling,
    seeds: readonly number[],
    control: GenerationControl = {},
  ): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (const [i, prompt] of prompts.entries()) {
      if (this.asked.length >= this.survives) throw new Error("killed");
      this.asked.push(prompt[0]!);
      const text = `${prompt.length} from ${prompt[0]}\n"é" with ${seeds[i]}`;
      answers.push({ ids: Int32Array.of(prompt.length, seeds[i]! & 0xffff), text, finish: "length" });
      await control.onAnswer?.(i, answers[i]!);
    }
    return answers;
  }

  async dispose(): Promise<void> {}
}

const prompts = Array.from({ length: 5 }, (_, p) => Int32Array.of(p, 1, 2));

test("only what is missing is asked, identical prompts once, and the file holds every answer", async (t) => {
  const path = join(await temporaryFolder(t), "new/ledger.jsonl");
  const model = new Echo();
  const states: ProgressState[] = [];
  const list = [prompts[0]!, prompts[1]!, prompts[0]!];
  const first = await answerAll(model, await AnswerLedger.open(path), list, sampling, 7, {
    progress: (state) => void states.push(state),
  });
  assert.deepEqual(model.asked, [0, 1]);
  assert.deepEqual(first[2], first[0]);
  assert.deepEqual(states.map(({ done, total }) => [done, total]), [[1, 2], [2, 2]]); // prettier-ignore
  assert.equal((await readFile(path, "utf8")).split("\n").length, 3);
  const again = new Echo();
  assert.deepEqual(await answerAll(again, await AnswerLedger.open(path), list, sampling, 7), first);
  assert.deepEqual(again.asked, []);
  assert.deepEqual(await answerAll(again, await AnswerLedger.open(path), [], sampling, 7), []);
});

test("model, adapters, ids, sampling and run seed each name another answer; place in the list does not", () => {
  const base = ledgerQuery(identity, prompts[0]!, sampling, 7);
  assert.deepEqual(ledgerQuery(identity, Int32Array.of(0, 1, 2), { ...sampling }, 7), base);
  const others = [
    ledgerQuery({ ...identity, modelHash: "n" }, prompts[0]!, sampling, 7),
    ledgerQuery({ ...identity, adapterHashes: [] }, prompts[0]!, sampling, 7),
    ledgerQuery(identity, prompts[1]!, sampling, 7),
    ledgerQuery(identity, prompts[0]!, { ...sampling, topK: 1 }, 7),
    ledgerQuery(identity, prompts[0]!, sampling, 8),
  ];
  assert.equal(new Set([base, ...others].map(({ key }) => key)).size, 6);
  assert.notEqual(others[4]!.seed, base.seed);
});

test("a killed job goes on; a torn last line is cut off and its answer asked again", async (t) => {
  const path = join(await temporaryFolder(t), "ledger.jsonl");
  await assert.rejects(answerAll(new Echo(3), await AnswerLedger.open(path), prompts, sampling, 7), /killed/);
  const lines = await readFile(path, "utf8");
  assert.equal(lines.split("\n").length, 4);
  await truncate(path, Buffer.byteLength(lines) - 9);
  const ledger = await AnswerLedger.open(path);
  assert.equal(ledger.size, 2);
  assert.equal((await stat(path)).size, Buffer.byteLength(lines) - 9, "another process may be writing it");
  const resumed = await answerAll(new Echo(), ledger, prompts, sampling, 7);
  const reference = join(await temporaryFolder(t), "ledger.jsonl");
  assert.deepEqual(resumed, await answerAll(new Echo(), await AnswerLedger.open(reference), prompts, sampling, 7));
  assert.equal(await readFile(path, "utf8"), await readFile(reference, "utf8"));
});

const said = (text: string): Answer => ({ ids: Int32Array.of(1), text, finish: "stop" });

/** As the file holds it. */
const lineOf = (key: string, text: string): string => `${JSON.stringify({ key, finish: "stop", ids: [1], text })}\n`;

test("of two ledgers open on one file the first answer to a prompt counts, and a line that one is writing stays", async (t) => {
  const path = join(await temporaryFolder(t), "ledger.jsonl");
  const [one, two] = [await AnswerLedger.open(path), await AnswerLedger.open(path)];
  await one.add("k1", said("first"));
  await two.add("k1", said("second"));
  assert.equal((await AnswerLedger.open(path)).get("k1")!.text, "first");

  const line = await readFile(path, "utf8").then((text) => text.split("\n")[0]!.replace("k1", "k2"));
  await appendFile(path, line.slice(0, 20));
  const reading = await AnswerLedger.open(path);
  await appendFile(path, `${line.slice(20)}\n`);
  await reading.add("k3", said("third"));
  const after = await AnswerLedger.open(path);
  assert.deepEqual(
    ["k1", "k2", "k3"].map((key) => after.get(key)?.text),
    ["first", "first", "third"],
  );

  await appendFile(path, line.slice(0, 20));
  const both = [await AnswerLedger.open(path), await AnswerLedger.open(path)];
  for (const [n, ledger] of both.entries()) {
    await Promise.all(["a", "b", "c"].map((key) => ledger.add(`${key}${n}`, said("cut off once"))));
  }
  assert.equal((await AnswerLedger.open(path)).size, 9);
});

// Files may grow to 64 kB: the second answer fits in part, and of a hundred more the first ones do.
const onFullDisk = `
  const { AnswerLedger } = require("reclm/llm");
  const [path, other] = process.argv.slice(1);
  const said = (text) => ({ ids: Int32Array.of(1), text, finish: "stop" });
  const outcome = (promise) => promise.then(() => "kept", (error) => error.message);
  (async () => {
    const ledger = await AnswerLedger.open(path);
    const adding = [ledger.add("k1", said("small")), ledger.add("k2", said("x".repeat(70000))), ledger.add("k3", said("small"))];
    const outcomes = await Promise.all(adding.map(outcome));
    const kept = [outcomes, ledger.get("k2") === undefined, (await AnswerLedger.open(path)).size];
    const all = await outcome(ledger.addAll(await AnswerLedger.open(other)));
    await ledger.add("k4", said("small"));
    console.log(JSON.stringify([...kept, all, ledger.size, (await AnswerLedger.open(path)).size]));
  })();
`;

test("on a full disk an answer that was not written is not there, and the ledger stays readable", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "ledger.jsonl");
  const many = Array.from({ length: 100 }, (_, n) => lineOf(`m${n}`, "y".repeat(900)));
  await writeFile(join(folder, "other.jsonl"), many.join(""));
  const { status, output } = behind("ulimit -f 64", onFullDisk, path, join(folder, "other.jsonl"));
  assert.equal(status, 0, output);
  const [outcomes, absent, size, all, held, written] = JSON.parse(output) as [string[], boolean, number, string, number, number]; // prettier-ignore
  assert.deepEqual([outcomes[0], absent, outcomes[2], size], ["kept", true, "kept", 2]);
  for (const said of [outcomes[1]!, all])
    assert.match(said, /^Cannot keep answers in .*: the disk took \d+ of \d+ bytes/);
  assert.ok(held > 3 && held < 103, `${held} answers`);
  assert.equal(written, held);
});

test("what many answers are added side by side in never mixes their lines", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "ledger.jsonl");
  const adding = ["a", "b"].map(async (name) => {
    const source = join(folder, name);
    await writeFile(source, Array.from({ length: 2000 }, (_, n) => lineOf(`${name}${n}`, "y".repeat(1000))).join(""));
    return (await AnswerLedger.open(path)).addAll(await AnswerLedger.open(source));
  });
  assert.deepEqual(await Promise.all(adding), [2000, 2000]);
  assert.equal((await AnswerLedger.open(path)).size, 4000);
});

test("a torn line that could not be cut off is before the next answer", async (t) => {
  const path = join(await temporaryFolder(t), "ledger.jsonl");
  await writeFile(path, `${lineOf("k1", "first")}{"key":`);
  const ledger = await AnswerLedger.open(path);
  await rename(path, `${path}.away`);
  await mkdir(path);
  await assert.rejects(ledger.add("k2", said("second")), /EISDIR/);
  await rmdir(path);
  await rename(`${path}.away`, path);
  await ledger.add("k2", said("second"));
  assert.equal((await AnswerLedger.open(path)).get("k2")!.text, "second");
});

test("a line that another process left torn after the ledger was opened is cut off too", async (t) => {
  const path = join(await temporaryFolder(t), "ledger.jsonl");
  const ledger = await AnswerLedger.open(path);
  await ledger.add("k1", said("first"));
  await appendFile(path, lineOf("k2", "long ".repeat(30_000)).slice(0, -9));
  await ledger.add("k3", said("third"));
  const after = await AnswerLedger.open(path);
  assert.deepEqual([after.size, after.get("k2"), after.get("k3")!.text], [2, undefined, "third"]);
});

test("a ledger behind another reads that one's answers first and adds to its own file", async (t) => {
  const folder = await temporaryFolder(t);
  const first = await AnswerLedger.open(join(folder, "first.jsonl"));
  await first.add("k1", said("first"));
  const path = join(folder, "second.jsonl");
  const second = await AnswerLedger.open(path, { first });
  for (const key of ["k1", "k2"]) await second.add(key, said("second"));
  assert.deepEqual([second.get("k1")!.text, second.get("k2")!.text], ["first", "second"]);
  assert.equal(first.get("k2"), undefined);
  const own = await AnswerLedger.open(path);
  assert.deepEqual([own.size, own.get("k1")], [1, undefined]);
});

test("replay gives back what is there, refuses to generate, and names what is missing", async (t) => {
  const path = join(await temporaryFolder(t), "ledger.jsonl");
  const known = await answerAll(new Echo(), await AnswerLedger.open(path), prompts.slice(0, 1), sampling, 7);
  const packed = `${path}.gz`;
  await writeFile(packed, gzipSync(await readFile(path)));
  for (const ledger of [await AnswerLedger.open(path, { replay: true }), await AnswerLedger.open(packed)]) {
    assert.deepEqual(await answerAll(identity, ledger, prompts.slice(0, 1), sampling, 7), known);
    const model = new Echo();
    await assert.rejects(answerAll(model, ledger, prompts, sampling, 7), (error: unknown) => {
      assert.ok(error instanceof MissingInputError);
      assert.match(error.message, /prompt 1 \([0-9a-f]{12}\), prompt 2 .*, prompt 3 .* and 1 more must be generated/);
      return true;
    });
    assert.deepEqual(model.asked, []);
    await assert.rejects(ledger.add("key", known[0]!), TypeError);
  }
  await assert.rejects(AnswerLedger.open(`${path}.none`, { replay: true }), MissingInputError);
});

test("a damaged line inside the file is named", async (t) => {
  const path = join(await temporaryFolder(t), "ledger.jsonl");
  await answerAll(new Echo(), await AnswerLedger.open(path), prompts.slice(0, 1), sampling, 7);
  await appendFile(path, '{"key":"k","finish":"halt","ids":[],"text":""}\n');
  await assert.rejects(AnswerLedger.open(path), (error: unknown) => {
    assert.ok(error instanceof InputError);
    assert.deepEqual([error.line, error.field], [2, "finish"]);
    return true;
  });
});

test("a real generator, stopped and resumed, ends with the answers of an undisturbed run", async (t) => {
  const generator = await openGenerator({
    modelPath: await tinyModel(t, { seed: 1 }),
    sequences: 3,
    contextTokens: 256,
  });
  t.after(() => generator.dispose());
  const questions = Array.from({ length: 40 }, (_, p) =>
    Int32Array.from({ length: 20 + (p % 7) }, (_, i) => 3 + ((p * i + i) % 250)),
  );
  const folder = await temporaryFolder(t);
  const whole = await answerAll(
    generator,
    await AnswerLedger.open(join(folder, "whole.jsonl")),
    questions,
    sampling,
    9,
  );
  const path = join(folder, "stopped.jsonl");
  const stop = new AbortController();
  let count = 0;
  const job = answerAll(generator, await AnswerLedger.open(path), questions, sampling, 9, {
    signal: stop.signal,
    onAnswer: () => {
      if (++count === 35) stop.abort(new Error("stopped"));
    },
  });
  await assert.rejects(job, /stopped/);
  assert.ok((await AnswerLedger.open(path)).size >= 35);
  assert.deepEqual(await answerAll(generator, await AnswerLedger.open(path), questions, sampling, 9), whole);
});

test("a packed copy opens for replay, does not depend on the order of asking, and another ledger takes what it lacks", async (t) => {
  const folder = await temporaryFolder(t);
  const path = (name: string): string => join(folder, name);
  const answer = { ids: Int32Array.of(1, 2), text: "a\n", finish: "stop" } as const;
  const [one, two] = [await AnswerLedger.open(path("one.jsonl")), await AnswerLedger.open(path("two.jsonl"))];
  for (const key of ["k1", "k2"]) await one.add(key, answer);
  for (const key of ["k2", "k1"]) await two.add(key, answer);
  await one.pack(path("one.gz"));
  await two.pack(path("two.gz"));
  assert.deepEqual(await readFile(path("one.gz")), await readFile(path("two.gz")));

  const packed = await AnswerLedger.open(path("one.gz"));
  assert.deepEqual([packed.size, packed.get("k2")], [2, answer]);
  await assert.rejects(packed.addAll(one), /Cannot add an answer to .*one\.gz: it is open for replay/);
  const third = await AnswerLedger.open(path("third.jsonl"));
  const own = { ...answer, text: "own" };
  await third.add("k2", own);
  assert.equal(await third.addAll(packed), 1);
  const read = await AnswerLedger.open(path("third.jsonl"));
  assert.deepEqual([read.size, read.get("k1"), read.get("k2")], [2, answer, own]);
});
