/**
 * Supervised fine-tuning of a LoRA adapter (RecLM, Eq. 3-5: the loss is taken where the dialogue's mask is 1).
 *
 * Departures from transformers' Trainer: one step's loss is the mean over all supervised tokens of its accumulated batches (as in
 * transformers since 4.46, not the mean of batch means); examples run on over the end of an epoch, so that every step has the
 * same number of them; nothing is padded.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { hashBytes, prngOf, secondsLeft, writeJson, type JobControl, type Json } from "../core";
import {
  evaluateLoss,
  initialAdapter,
  lossAndGradients,
  type Adapter,
  type LanguageModel,
  type TokenisedDialogue,
} from "../llm";
import { AdamW } from "./adamw";
import { readCheckpoint, writeCheckpoint } from "./checkpoint";
import { clipGlobalNorm } from "./clip";
import { stepsOf, type SftConfig } from "./config";
import { examplesOfStep } from "./order";
import { learningRateAt } from "./schedule";
import { sumOfBatches } from "./accumulate";

/** One optimiser step. */
export interface SftStep {
  /** From 1. */
  readonly step: number;
  /** Mean over the step's supervised tokens before the update, in nats. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm before clipping. */
  readonly gradNorm: number;
  /** Tokens that went through the model. */
  readonly tokens: number;
  readonly seconds: number;
}

/** The loss on held-out dialogues after `step` steps. */
export interface HeldOutLoss {
  readonly step: number;
  readonly loss: number;
}

export interface SftResult {
  readonly adapter: Adapter;
  readonly losses: readonly SftStep[];
  readonly heldOutLosses: readonly HeldOutLoss[];
}

/** What `tuneSft` needs. */
export interface SftJob {
  readonly model: LanguageModel;
  readonly examples: readonly TokenisedDialogue[];
  readonly heldOut?: readonly TokenisedDialogue[];
  readonly config: SftConfig;
  readonly seed: number;
  /** Holds the checkpoints; a run that finds one of the same set-up goes on from it. */
  readonly workFolder: string;
  readonly control?: JobControl;
}

/**
 * Tunes a fresh adapter on dialogues; a killed run called again ends with the same losses and weights, bit for bit.
 *
 * An abort stops between two blocks, leaves a checkpoint of the last finished step and rejects with the signal's reason. A
 * loss or gradient that is not finite writes `failure.json` to the work folder and throws. Resuming with another
 * configuration, seed, model or data throws a RangeError that names the field.
 *
 * @example const { adapter, losses } = await tuneSft({ model, examples, config, seed: 7, workFolder });
 */
export async function tuneSft(job: SftJob): Promise<SftResult> {
  const run = await SftRun.open(job);
  try {
    while (run.step < run.totalSteps) {
      await run.evaluate();
      await run.advance();
      if (run.step % job.config.checkpointEvery === 0) await run.save();
    }
    await run.evaluate();
  } catch (error) {
    await run.save();
    throw error;
  }
  await run.save();
  return run.result();
}

class SftRun {
  readonly #adapter: Adapter;
  readonly #parameters: readonly Float32Array[];
  readonly #optimiser: AdamW;
  readonly #started = performance.now();
  #losses: SftStep[] = [];
  #heldOutLosses: HeldOutLoss[] = [];
  #firstStep = 0;
  #savedStep = -1;
  #savedEvaluations = 0;

  private constructor(
    readonly job: SftJob,
    readonly totalSteps: number,
    readonly setup: Json,
  ) {
    const { model, config, seed } = job;
    this.#adapter = initialAdapter(model.config, config.lora, prngOf(seed, "adapter"));
    this.#parameters = [...this.#adapter.pairs.values()].flatMap(({ a, b }) => [a.data, b.data]);
    this.#optimiser = new AdamW(this.#parameters, { weightDecay: config.weightDecay });
  }

  static async open(job: SftJob): Promise<SftRun> {
    const total = stepsOf(job.config, job.examples.length);
    await mkdir(job.workFolder, { recursive: true });
    const run = new SftRun(job, total, setupOf(job));
    await run.#resume();
    return run;
  }

  get step(): number {
    return this.#optimiser.step;
  }

  async #resume(): Promise<void> {
    const found = await readCheckpoint(this.job.workFolder, this.setup);
    if (!found) return;
    for (const [name, values] of this.#state()) {
      const stored = found.tensors.get(name);
      if (stored?.length !== values.length) throw new RangeError(`Cannot resume in ${this.job.workFolder}: ${name} does not fit`);
      values.set(stored);
    }
    const history = found.history as unknown as Pick<SftResult, "losses" | "heldOutLosses">;
    this.#losses = [...history.losses];
    this.#heldOutLosses = [...history.heldOutLosses];
    this.#optimiser.step = this.#firstStep = this.#savedStep = found.step;
    this.#savedEvaluations = this.#heldOutLosses.length;
  }

  /** Everything that a step changes, by name. */
  #state(): ReadonlyMap<string, Float32Array> {
    const names = [...this.#adapter.pairs.keys()].flatMap((name) => [`${name}.a`, `${name}.b`]);
    const { firstMoments, secondMoments } = this.#optimiser;
    return new Map([
      ...names.map((name, i) => [name, this.#parameters[i]!] as const),
      ...names.map((name, i) => [`${name}.first`, firstMoments[i]!] as const),
      ...names.map((name, i) => [`${name}.second`, secondMoments[i]!] as const),
    ]);
  }

  async save(): Promise<void> {
    if (this.#savedStep === this.step && this.#savedEvaluations === this.#heldOutLosses.length) return;
    const history = { losses: this.#losses, heldOutLosses: this.#heldOutLosses } as unknown as Json;
    await writeCheckpoint(this.job.workFolder, { step: this.step, tensors: this.#state(), setup: this.setup, history });
    this.#savedStep = this.step;
    this.#savedEvaluations = this.#heldOutLosses.length;
  }

  /** The held-out loss, when it is due and not there yet. */
  async evaluate(): Promise<void> {
    const { heldOut, config, model, control } = this.job;
    if (!heldOut?.length) return;
    const due = this.step === 0 || this.step === this.totalSteps || this.step % (config.evaluateEvery ?? Infinity) === 0;
    if (!due || this.#heldOutLosses.at(-1)?.step === this.step) return;
    const options = { batch: config.batch, ...(control?.signal ? { signal: control.signal } : {}) };
    const { loss } = await evaluateLoss(model, this.#adapter, heldOut, options);
    this.#heldOutLosses.push({ step: this.step, loss });
  }

  /** One optimiser step. */
  async advance(): Promise<void> {
    const { examples, config, seed } = this.job;
    const began = performance.now();
    const index = this.step;
    const chosen = examplesOfStep(examples.length, config.batch * config.accumulate, index, seed);
    const { loss, gradients, tokens } = await sumOfBatches(this.#adapter, this.#batches(chosen));
    const gradNorm = clipGlobalNorm(gradients, config.maxGradNorm);
    const learningRate = learningRateAt(config.schedule, config.learningRate, index, this.totalSteps, config.warmupSteps);
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
      await this.#fail({ loss, gradNorm, learningRate, examples: chosen });
    }
    this.#optimiser.update(gradients, learningRate);
    const seconds = (performance.now() - began) / 1000;
    this.#losses.push({ step: this.step, loss, learningRate, gradNorm, tokens, seconds });
    this.#report();
  }

  /** The step's batches, each with dropout of its own. */
  #batches(chosen: readonly number[]) {
    const { model, examples, config, seed, control } = this.job;
    const { batch, accumulate, recompute = false } = config;
    const index = this.step;
    return Array.from({ length: accumulate }, (_, k) => {
      const dialogues = chosen.slice(k * batch, (k + 1) * batch).map((number) => examples[number]!);
      const dropoutPrng = prngOf(seed, "dropout", index, k);
      const options = { dropoutPrng, recompute, ...(control?.signal ? { signal: control.signal } : {}) };
      return (adapter: Adapter) => lossAndGradients(model, adapter, dialogues, options);
    });
  }

  async #fail(record: Record<string, number | readonly number[]>): Promise<never> {
    const path = join(this.job.workFolder, "failure.json");
    const text = (value: number | readonly number[]) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
    const fields = Object.entries(record).map(([key, value]) => [key, text(value)] as const);
    await writeJson(path, { step: this.step + 1, ...Object.fromEntries(fields), history: this.#losses.slice(-20) as unknown as Json });
    throw new Error(
      `Cannot go on tuning at step ${this.step + 1}: the loss is ${String(record["loss"])}, the gradient's norm ${String(record["gradNorm"])}; see ${path}`,
    );
  }

  #report(): void {
    const { loss, tokens, seconds } = this.#losses.at(-1)!;
    const state = { label: "tuning", done: this.step, total: this.totalSteps, unit: "steps" };
    const here = { ...state, done: this.step - this.#firstStep, total: this.totalSteps - this.#firstStep };
    const left = secondsLeft(here, (performance.now() - this.#started) / 1000) ?? 0;
    const values = { loss, "tok/s": tokens / seconds, "seconds left": left, "RSS MB": process.memoryUsage().rss / 1e6 };
    this.job.control?.progress?.({ ...state, values });
  }

  result(): SftResult {
    return { adapter: this.#adapter, losses: this.#losses, heldOutLosses: this.#heldOutLosses };
  }
}

/** What a run depends on; checkpoints of another set-up are refused. */
function setupOf({ model, examples, heldOut, config, seed }: SftJob): Json {
  const { checkpointEvery: _, ...fixed } = config;
  return {
    config: JSON.parse(JSON.stringify(fixed)) as Json,
    seed,
    model: model.weights.sha256,
    examples: hashDialogues(examples),
    heldOut: hashDialogues(heldOut ?? []),
  };
}

function hashDialogues(dialogues: readonly TokenisedDialogue[]): string {
  const parts = dialogues.map(({ ids, mask }) => `${ids.join(" ")};${mask.join("")}`);
  return hashBytes(parts.join("\n"));
}
