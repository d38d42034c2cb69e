import { mkdir } from "node:fs/promises";
import { prngOf, secondsLeft, type Json } from "../core";
import { sumOfBatches } from "./accumulate";
import { AdamW } from "./adamw";
import { readCheckpoint, restoreTraining, trainingState, writeCheckpoint } from "./checkpoint";
import { clipGlobalNorm } from "./clip";
import { stepsOf } from "./config";
import { recordFailure, savedAfter } from "./failure";
import { examplesOfStep } from "./order";
import { learningRateAt } from "./schedule";
import type { TuningJob, TuningRecord, TuningStep } from "./tuningJob";

/**
 * Runs a tuning to its last step, from its newest checkpoint if there is one; the parameters change in place.
 *
 * A killed run called again ends with the same numbers, bit for bit. An abort leaves a checkpoint of the last finished step and
 * rejects with the signal's reason; where the checkpoint cannot be written either, that error is the reason's cause. A loss,
 * held-out measure or gradient that is not finite writes `failure.json` to the work folder and throws.
 */
export async function runTuning<M extends string, E extends object>(job: TuningJob<M, E>): Promise<TuningRecord<M, E>> {
  const run = await TuningRun.open(job);
  try {
    while (run.step < run.totalSteps) {
      await run.evaluate();
      await run.advance();
      if (run.step % job.config.checkpointEvery === 0) await run.save();
    }
    await run.evaluate();
  } catch (error) {
    throw await savedAfter(error, () => run.save());
  }
  await run.save();
  return run.record();
}

/** The state of one tuning run between two steps: weights, moments and what was recorded. */
class TuningRun<M extends string, E extends object> {
  readonly #optimiser: AdamW;
  readonly #started = performance.now();
  #steps: (TuningStep & Readonly<Record<M, number>>)[] = [];
  #evaluations: (E & { readonly step: number })[] = [];
  #firstStep = 0;
  #savedStep = -1;
  #savedEvaluations = 0;

  private constructor(
    readonly job: TuningJob<M, E>,
    readonly totalSteps: number,
  ) {
    this.#optimiser = new AdamW([...job.parameters.values()], { weightDecay: job.config.weightDecay });
  }

  static async open<M extends string, E extends object>(job: TuningJob<M, E>): Promise<TuningRun<M, E>> {
    const total = stepsOf(job.config, job.examples);
    await mkdir(job.workFolder, { recursive: true });
    const run = new TuningRun(job, total);
    await run.#resume();
    return run;
  }

  get step(): number {
    return this.#optimiser.step;
  }

  async #resume(): Promise<void> {
    const { workFolder, setup } = this.job;
    const found = await readCheckpoint(workFolder, setup);
    if (!found) return;
    restoreTraining(workFolder, found, this.#state());
    const history = found.history as unknown as TuningRecord<M, E>;
    this.#steps = [...history.steps];
    this.#evaluations = [...history.evaluations];
    this.#optimiser.step = this.#firstStep = this.#savedStep = found.step;
    this.#savedEvaluations = this.#evaluations.length;
  }

  /** Everything that a step changes, by name. */
  #state(): ReadonlyMap<string, Float32Array> {
    return trainingState(this.job.parameters, this.#optimiser);
  }

  async save(): Promise<void> {
    if (this.#savedStep === this.step && this.#savedEvaluations === this.#evaluations.length) return;
    const history = this.record() as unknown as Json;
    const { workFolder, setup } = this.job;
    await writeCheckpoint(workFolder, { step: this.step, tensors: this.#state(), setup, history });
    this.#savedStep = this.step;
    this.#savedEvaluations = this.#evaluations.length;
  }

  /** The measurement on held-out examples, when it is due and not there yet. */
  async evaluate(): Promise<void> {
    const { evaluate, config } = this.job;
    const due =
      this.step === 0 || this.step === this.totalSteps || this.step % (config.evaluateEvery ?? Infinity) === 0;
    if (!evaluate || !due || this.#evaluations.at(-1)?.step === this.step) return;
    const found = await evaluate();
    const bad = notFinite(found);
    if (bad) {
      const [name, value] = [`held-out ${bad[0]}`, bad[1]];
      await this.#fail(`after step ${this.step}: the ${name} is ${value}`, { [name]: value });
    }
    this.#evaluations.push({ step: this.step, ...found });
  }

  /** One optimiser step. */
  async advance(): Promise<void> {
    const { examples, config, seed } = this.job;
    const began = performance.now();
    const index = this.step;
    const chosen = examplesOfStep(examples, config.batch * config.accumulate, index, seed);
    const { loss, gradients, tokens, metrics } = await sumOfBatches(this.#batches(chosen));
    const gradNorm = clipGlobalNorm(gradients, config.maxGradNorm);
    const { schedule, learningRate: peak, warmupSteps } = config;
    const learningRate = learningRateAt(schedule, peak, index, this.totalSteps, warmupSteps);
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
      const reason = `at step ${index + 1}: the loss is ${loss}, the gradient's norm ${gradNorm}`;
      await this.#fail(reason, { loss, gradNorm, learningRate, examples: chosen });
    }
    this.#optimiser.update(gradients, learningRate);
    const seconds = (performance.now() - began) / 1000;
    this.#steps.push({ step: this.step, loss, learningRate, gradNorm, tokens, seconds, ...metrics });
    this.#report({ loss, ...metrics });
  }

  /** The step's batches, each with dropout of its own. */
  #batches(chosen: readonly number[]) {
    const { config, seed } = this.job;
    const { batch, accumulate } = config;
    const index = this.step;
    return Array.from({ length: accumulate }, (_, k) => {
      const examples = chosen.slice(k * batch, (k + 1) * batch);
      return () => this.job.gradients(examples, prngOf(seed, "dropout", index, k));
    });
  }

  async #fail(reason: string, record: Readonly<Record<string, unknown>>): Promise<never> {
    const step = this.step + 1;
    const place = await recordFailure(this.job.workFolder, { step, ...record, history: this.#steps.slice(-20) });
    throw new Error(`Cannot go on tuning ${reason}; ${place}`);
  }

  #report(shown: Readonly<Record<string, number>>): void {
    const { tokens, seconds } = this.#steps.at(-1)!;
    const state = { label: this.job.label, done: this.step, total: this.totalSteps, unit: "steps" };
    const left = secondsLeft(state, (performance.now() - this.#started) / 1000, this.#firstStep) ?? 0;
    const values = {
      ...shown,
      "tok/s": tokens / seconds,
      "seconds left": left,
      "RSS MB": process.memoryUsage().rss / 1e6,
    };
    this.job.control?.progress?.({ ...state, values });
  }

  record(): TuningRecord<M, E> {
    return { steps: this.#steps, evaluations: this.#evaluations };
  }
}

/** Name and value of the first number that is not finite: a checkpoint's JSON would hold null in its place. */
function notFinite(values: object): readonly [string, number] | undefined {
  return Object.entries(values as Readonly<Record<string, unknown>>).find(
    (entry): entry is [string, number] => typeof entry[1] === "number" && !Number.isFinite(entry[1]),
  );
}
