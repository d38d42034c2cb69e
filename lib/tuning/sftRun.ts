import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { prngOf, secondsLeft, writeJson, type Json } from "../core";
import { evaluateLoss, initialAdapter, lossAndGradients, type Adapter } from "../llm";
import { sumOfBatches } from "./accumulate";
import { AdamW } from "./adamw";
import { readCheckpoint, writeCheckpoint } from "./checkpoint";
import { clipGlobalNorm } from "./clip";
import { stepsOf } from "./config";
import { examplesOfStep } from "./order";
import { learningRateAt } from "./schedule";
import { setupOf, type HeldOutLoss, type SftJob, type SftResult, type SftStep } from "./sftJob";

/** The state of one tuning run between two steps: weights, moments and what was recorded. */
export class SftRun {
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
      if (stored?.length !== values.length)
        throw new RangeError(`Cannot resume in ${this.job.workFolder}: ${name} does not fit`);
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
    const due =
      this.step === 0 || this.step === this.totalSteps || this.step % (config.evaluateEvery ?? Infinity) === 0;
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
    const learningRate = learningRateAt(
      config.schedule,
      config.learningRate,
      index,
      this.totalSteps,
      config.warmupSteps,
    );
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
    const text = (value: number | readonly number[]) =>
      typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
    const fields = Object.entries(record).map(([key, value]) => [key, text(value)] as const);
    await writeJson(path, {
      step: this.step + 1,
      ...Object.fromEntries(fields),
      history: this.#losses.slice(-20) as unknown as Json,
    });
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
