import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ProgressState } from "reclm/core";
import { loadLanguageModel, lossAndGradients, type LanguageModel, type TokenisedDialogue } from "reclm/llm";
import {
  AdamW,
  clipGlobalNorm,
  readCheckpoint,
  runTuning,
  tuneSft,
  type SftConfig,
  type SftJob,
  type SftResult,
  type TuningJob,
} from "reclm/tuning";
import { uniform } from "../support/noise";
import { dialoguesOf, noiseAdapter, readReference, type JsonDialogue, type PeftSteps } from "../support/peft";
import { tiny, writeTinyLlama } from "../support/tinyLlama";

let folder: string;
let path: string;
let model: LanguageModel;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "reclm-"));
  path = join(folder, "tiny.gguf");
  await writeTinyLlama(path);
  model = await loadLanguageModel(path);
});

after(() => {
  model.dispose();
  rmSync(folder, { recursive: true });
});

const config: SftConfig = {
  steps: 8,
  batch: 2,
  accumulate: 2,
  learningRate: 1e-2,
  schedule: "cosine",
  warmupSteps: 2,
  weightDecay: 0.01,
  maxGradNorm: 1,
  lora: { rank: 4, alpha: 8, dropout: 0.1, targets: ["attn_q", "attn_v"] },
  evaluateEvery: 3,
  checkpointEvery: 3,
};

function dialogue(seed: number): TokenisedDialogue {
  const length = 12 + (seed % 9);
  const ids = Int32Array.from(uniform(seed, length), (u) => Math.floor(u * tiny.vocabulary));
  return { ids, mask: Uint8Array.from(ids, (_, t) => (t > 6 ? 1 : 0)) };
}

const examples = Array.from({ length: 7 }, (_, i) => dialogue(300 + i));
const heldOut = [dialogue(400), dialogue(401)];

function jobIn(name: string, changes: Partial<SftJob> = {}): SftJob {
  return { model, examples, heldOut, config, seed: 5, workFolder: join(folder, name), ...changes };
}

/** All of a result but the seconds. */
function numbersOf({ adapter, losses, heldOutLosses }: SftResult) {
  return { pairs: adapter.pairs, losses: losses.map(({ seconds: _, ...rest }) => rest), heldOutLosses };
}

test("five AdamW steps of a tiny llama have the losses and gradient norms of torch + PEFT", async () => {
  interface Reference {
    readonly rank: number;
    readonly alpha: number;
    readonly scaleB: number;
    readonly adamw: PeftSteps & { readonly dialogues: readonly JsonDialogue[] };
  }
  const reference = readReference<Reference>("transformer_tiny.json");
  const { adamw } = reference;
  const adapter = noiseAdapter(model, ["attn_q", "attn_v"], reference);
  const parameters = [...adapter.pairs.values()].flatMap(({ a, b }) => [a.data, b.data]);
  const optimiser = new AdamW(parameters, { weightDecay: adamw.weightDecay });
  for (const [step, expected] of adamw.losses.entries()) {
    const { loss, gradients } = await lossAndGradients(model, adapter, dialoguesOf(adamw.dialogues));
    assert.ok(Math.abs(loss - expected) < 1e-4, `step ${step}: ${loss}, not ${expected}`);
    const flat = [...adapter.pairs.keys()].flatMap((name) => [
      gradients.get(name)!.a.data,
      gradients.get(name)!.b.data,
    ]);
    const norm = clipGlobalNorm(flat, adamw.maxGradNorm);
    assert.ok(Math.abs(norm / adamw.gradNorms[step]! - 1) < 1e-3);
    optimiser.update(flat, adamw.learningRate);
  }
});

test("tuneSft() learns what it is shown and reports as it goes", async () => {
  const states: ProgressState[] = [];
  const long = { ...config, steps: 40, batch: 7, accumulate: 1, lora: { ...config.lora, dropout: 0 } };
  const control = { progress: (state: ProgressState) => void states.push(state) };
  const { losses, heldOutLosses } = await tuneSft(jobIn("learns", { config: long, heldOut: examples, control }));
  assert.equal(losses.length, 40);
  assert.ok(losses.at(-1)!.loss < 0.8 * losses[0]!.loss, `${losses[0]!.loss} to ${losses.at(-1)!.loss}`);
  assert.ok(
    Math.abs(heldOutLosses[0]!.loss - losses[0]!.loss) < 1e-5,
    "nothing is dropped, B is 0: both are the base model's",
  );
  assert.deepEqual(
    states.map(({ done }) => done),
    losses.map(({ step }) => step),
  );
  assert.deepEqual(Object.keys(states[0]!.values!), ["loss", "tok/s", "seconds left", "RSS MB"]);
});

test("accumulation weights batches by their supervised tokens: four batches of one are one batch of four", async () => {
  const plain = { ...config, steps: 3, lora: { ...config.lora, dropout: 0 } };
  const together = await tuneSft(jobIn("together", { config: { ...plain, batch: 4, accumulate: 1 } }));
  const apart = await tuneSft(jobIn("apart", { config: { ...plain, batch: 1, accumulate: 4 } }));
  together.losses.forEach(({ loss, gradNorm }, i) => {
    assert.ok(Math.abs(loss - apart.losses[i]!.loss) < 1e-5);
    assert.ok(Math.abs(gradNorm / apart.losses[i]!.gradNorm - 1) < 1e-4);
  });
});

test("aborted and resumed equals uninterrupted, bit for bit", async () => {
  const whole = await tuneSft(jobIn("whole"));
  assert.equal(whole.losses.length, 8);
  assert.deepEqual(
    whole.heldOutLosses.map(({ step }) => step),
    [0, 3, 6, 8],
  );
  const controller = new AbortController();
  const progress = ({ done }: ProgressState) => done === 5 && controller.abort(new Error("enough"));
  const job = jobIn("parts");
  await assert.rejects(tuneSft({ ...job, control: { progress, signal: controller.signal } }), /enough/);
  assert.deepEqual(readdirSync(job.workFolder).sort(), ["checkpoint-00000005.bin", "checkpoint-00000005.json"]);
  const seen: number[] = [];
  const resumed = await tuneSft({ ...job, control: { progress: ({ done }) => void seen.push(done) } });
  assert.deepEqual(seen, [6, 7, 8]);
  assert.deepEqual(numbersOf(resumed), numbersOf(whole));
  assert.deepEqual(numbersOf(await tuneSft(job)), numbersOf(whole), "a finished run is read, not run");
});

/** Puts a file in a folder's place, in which then nothing can be written. */
function fill(path: string): void {
  rmSync(path, { recursive: true });
  writeFileSync(path, "");
}

test("where nothing can be written the reason of a stop is still told", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const job = jobIn("full");
  const stop = ({ done }: ProgressState): void => {
    if (done !== 2) return;
    fill(job.workFolder);
    controller.abort(reason);
  };
  await assert.rejects(tuneSft({ ...job, control: { progress: stop, signal: controller.signal } }), (error) => {
    assert.equal(error, reason);
    assert.match(String(reason.cause), /Cannot write .*checkpoint-00000002/);
    return true;
  });

  const broken = jobIn("full", { config: { ...config, learningRate: 1e30, schedule: "constant", warmupSteps: 0 } });
  rmSync(job.workFolder);
  const progress = ({ done }: ProgressState): void => {
    if (done === 1) fill(job.workFolder);
  };
  await assert.rejects(
    tuneSft({ ...broken, control: { progress } }),
    /at step \d: the loss is .*; there is no record of it: Cannot write .*failure\.json/,
  );
});

test("killed and resumed in another process equals uninterrupted, bit for bit", async () => {
  const job = jobIn("killed");
  const { model: _, ...plain } = job;
  const lists = (dialogues: readonly TokenisedDialogue[]) => dialogues.map(({ ids, mask }) => [[...ids], [...mask]]);
  const input = join(folder, "job.json");
  writeFileSync(input, JSON.stringify({ ...plain, examples: lists(examples), heldOut: lists(heldOut) }));
  const program = `
    const { loadLanguageModel } = require("reclm/llm");
    const { tuneSft } = require("reclm/tuning");
    const job = JSON.parse(require("node:fs").readFileSync(${JSON.stringify(input)}, "utf8"));
    const dialogues = (lists) => lists.map(([ids, mask]) => ({ ids: Int32Array.from(ids), mask: Uint8Array.from(mask) }));
    loadLanguageModel(${JSON.stringify(path)}).then((model) => tuneSft({
      ...job, model, examples: dialogues(job.examples), heldOut: dialogues(job.heldOut),
      control: { progress: ({ done }) => { if (done === 5) process.kill(process.pid, "SIGKILL"); } },
    }));`;
  const child = spawn(process.execPath, ["-e", program], { stdio: "inherit", timeout: 60_000 });
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  assert.equal(signal, "SIGKILL");
  assert.ok(readdirSync(job.workFolder).includes("checkpoint-00000003.json"));
  assert.deepEqual(numbersOf(await tuneSft(job)), numbersOf(await tuneSft(jobIn("whole"))));
});

test("resuming with another set-up names the field", async () => {
  const job = jobIn("refused", { config: { ...config, steps: 1 } });
  await tuneSft(job);
  const with_ = (changes: Partial<SftConfig>) => tuneSft({ ...job, config: { ...job.config, ...changes } });
  await assert.rejects(with_({ learningRate: 0.5 }), /config\.learningRate is 0\.5 now and was 0\.01/);
  await assert.rejects(with_({ lora: { ...config.lora, rank: 2 } }), /config\.lora\.rank is 2 now and was 4/);
  await assert.rejects(tuneSft({ ...job, seed: 6 }), /seed is 6 now and was 5/);
  await assert.rejects(tuneSft({ ...job, examples: examples.slice(1) }), /examples is/);
  await with_({ checkpointEvery: 1 });
});

test("a damaged checkpoint is refused", async () => {
  const job = jobIn("damaged", { config: { ...config, steps: 1 } });
  await tuneSft(job);
  writeFileSync(join(job.workFolder, "checkpoint-00000001.bin"), "nonsense");
  await assert.rejects(tuneSft(job), /content is not what was written/);
  rmSync(join(job.workFolder, "checkpoint-00000001.bin"));
  await assert.rejects(tuneSft(job), (error: Error) => {
    assert.match(error.message, /^Cannot resume from .*checkpoint-00000001\.bin: ENOENT/);
    assert.equal((error.cause as NodeJS.ErrnoException).code, "ENOENT");
    return true;
  });
});

test("a folder that cannot be read is not taken for one without checkpoints", async () => {
  const path = join(folder, "unreadable");
  writeFileSync(path, "");
  await assert.rejects(readCheckpoint(path, {}), /^Error: Cannot resume from .*unreadable: ENOTDIR/);
  assert.equal(await readCheckpoint(join(folder, "absent"), {}), undefined);
});

test("a loss that is not finite stops the run and leaves a record", async () => {
  const job = jobIn("broken", { config: { ...config, learningRate: 1e30, schedule: "constant", warmupSteps: 0 } });
  await assert.rejects(tuneSft(job), /Cannot go on tuning at step \d: the loss is/);
  const record = JSON.parse(readFileSync(join(job.workFolder, "failure.json"), "utf8")) as { readonly step: number };
  assert.ok(record.step >= 2);
});

test("a held-out loss that is not finite stops the run: no checkpoint could keep it", async () => {
  const losses = [2, Number.NaN];
  const job: TuningJob<never, { readonly loss: number }> = {
    label: "tuning",
    config,
    seed: 5,
    examples: 7,
    setup: {},
    workFolder: join(folder, "held-out"),
    parameters: new Map([["x", new Float32Array(1)]]),
    gradients: async () => ({ loss: 1, gradients: [Float32Array.of(1)], weight: 1, tokens: 1, metrics: {} }),
    evaluate: async () => ({ loss: losses.shift() ?? 1 }),
  };
  await assert.rejects(
    runTuning(job),
    /^Error: Cannot go on tuning after step 3: the held-out loss is NaN; see .*failure\.json/,
  );
  const { evaluations } = await runTuning(job);
  assert.deepEqual(
    evaluations.map(({ step, loss }) => [step, loss]),
    [
      [0, 2],
      [3, 1],
      [6, 1],
      [8, 1],
    ],
  );
});
