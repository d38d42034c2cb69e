import { mkdir } from "node:fs/promises";
import { breathe, prngOf, secondsLeft, seedOf, type Json } from "../../core";
import { initialAdapter } from "../../llm";
import { readCheckpoint, restoreTraining, writeCheckpoint } from "../checkpoint";
import { recordFailure } from "../failure";
import { examplesOfStep } from "../order";
import { learningRateAt } from "../schedule";
import { checkPpoConfig, unscoredSampling } from "./config";
import { DivergenceError } from "./divergence";
import { checkAnswers, experienceOf, type Experience } from "./experience";
import { nextKlCoef } from "./klControl";
import { PpoLearner, zeroHead } from "./learner";
import { ppoSetupOf, type PpoJob, type PpoResponse, type PpoResult, type PpoStep } from "./ppoJob";
import { ppoStepOf } from "./record";
import { epochOrders, ppoUpdate, type PpoUpdate } from "./update";

/** What a checkpoint keeps beside the learner's state. */
interface History {
  readonly steps: readonly PpoStep[];
  /** beta of the next step. */
  readonly klCoef: number;
  /** Adam steps done. */
  readonly updates: number;
}

/** The state of one PPO run between two steps. */
export class PpoRun {
  readonly #learner: PpoLearner;
  readonly #started = performance.now();
  #steps: readonly PpoStep[] = [];
  #klCoef: number;
  #firstStep = 0;

  private constructor(
    readonly job: PpoJob,
    readonly setup: Json,
  ) {
    const { model, config, seed, head = zeroHead(model.config.width) } = job;
    const adapter = initialAdapter(model.config, config.lora, prngOf(seed, "adapter"));
    const own = { weight: head.weight.slice(), bias: head.bias.slice() };
    this.#learner = new PpoLearner(adapter, own, { epsilon: config.adamEpsilon });
    this.#klCoef = config.klCoef;
  }

  static async open(job: PpoJob): Promise<PpoRun> {
    checkJob(job);
    await mkdir(job.workFolder, { recursive: true });
    const run = new PpoRun(job, ppoSetupOf(job));
    await run.#resume();
    return run;
  }

  /** Steps done. */
  get step(): number {
    return this.#steps.length;
  }

  async #resume(): Promise<void> {
    const { workFolder } = this.job;
    const found = await readCheckpoint(workFolder, this.setup);
    if (!found) return;
    restoreTraining(workFolder, found, this.#learner.state());
    const { steps, klCoef, updates } = found.history as unknown as History;
    this.#steps = steps;
    this.#klCoef = klCoef;
    this.#learner.optimiser.step = updates;
    this.#firstStep = found.step;
  }

  async #save(): Promise<void> {
    const updates = this.#learner.optimiser.step;
    const history = { steps: this.#steps, klCoef: this.#klCoef, updates } as unknown as Json;
    const { setup, step } = this;
    await writeCheckpoint(this.job.workFolder, { step, tensors: this.#learner.state(), setup, history });
  }

  /** Rollout, scoring and update of one step, and its checkpoint. */
  async advance(): Promise<void> {
    const { config } = this.job;
    const began = performance.now();
    const responses = await this.#rollOut();
    const rolledOut = performance.now();
    const scores = await this.#score(responses);
    const experience = await this.#experience(responses, scores);
    const scored = performance.now();
    const learningRate = learningRateAt(config.schedule, config.learningRate, this.step, config.steps, 0);
    const update = await this.#update(experience, learningRate).catch((error: unknown) => {
      if (!(error instanceof DivergenceError)) throw error;
      return this.#fail(error.message, responses, scores, { ...error.record }, error);
    });
    const seconds = {
      rollout: (rolledOut - began) / 1000,
      scoring: (scored - rolledOut) / 1000,
      learning: (performance.now() - scored) / 1000,
    };
    const klCoef = this.#klCoef;
    const record = ppoStepOf({ step: this.step + 1, experience, update, klCoef, learningRate, seconds });
    const observed = { sequenceKl: record.sequenceKl, responses: responses.length };
    this.#klCoef = nextKlCoef(config.klControl, klCoef, observed);
    this.#steps = [...this.#steps, record];
    await this.job.onStep?.(record, { responses, samples: experience.samples, targets: update.targets });
    await this.#save();
    this.#report(record);
  }

  #experience(responses: readonly PpoResponse[], scores: Float32Array): Promise<Experience> {
    const { model, config, control } = this.job;
    const options = {
      temperature: config.sampling.temperature,
      // Nothing is kept for a backward pass, so that more fit in than in a micro-batch, and share their beginning.
      batch: config.miniBatch,
      ...(control?.signal ? { signal: control.signal } : {}),
    };
    return experienceOf(model, this.#learner, responses, scores, options);
  }

  #update({ samples }: Experience, learningRate: number): Promise<PpoUpdate> {
    const { model, config, seed, control } = this.job;
    return ppoUpdate({
      model,
      learner: this.#learner,
      samples,
      config,
      klCoef: this.#klCoef,
      learningRate,
      temperature: config.sampling.temperature,
      orders: epochOrders(samples.length, config.ppoEpochs, this.step, seed),
      ...(control?.signal ? { signal: control.signal } : {}),
    });
  }

  /** Answers to the step's prompts; both are pure functions of seed, step and policy. */
  async #rollOut(): Promise<readonly PpoResponse[]> {
    const { prompts, config, seed, rollout, control } = this.job;
    await breathe(control?.signal);
    const index = this.step;
    const chosen = examplesOfStep(prompts.length, config.batch, index, seed);
    const asked = chosen.map((prompt) => prompts[prompt]!);
    const seeds = chosen.map((_, i) => seedOf(seed, "rollout", index, i));
    const answers = await rollout(this.#learner.adapter, asked, seeds, index + 1);
    checkAnswers(answers, asked.length);
    await breathe(control?.signal);
    return answers.map((answer, i) => ({ ...answer, prompt: chosen[i]!, promptIds: asked[i]! }));
  }

  async #score(responses: readonly PpoResponse[]): Promise<Float32Array> {
    const scores = await this.job.score(responses);
    if (scores.length !== responses.length)
      throw new RangeError(`Cannot learn from ${responses.length} responses: ${scores.length} scores are given`);
    const bad = scores.findIndex((score) => !Number.isFinite(score));
    if (bad >= 0) return this.#fail(`Cannot go on with PPO: score ${bad} is ${scores[bad]}`, responses, scores, {});
    return scores;
  }

  async #fail(
    message: string,
    responses: readonly PpoResponse[],
    scores: Float32Array,
    record: Readonly<Record<string, number | readonly number[]>>,
    cause?: Error,
  ): Promise<never> {
    const step = this.step + 1;
    const place = await recordFailure(this.job.workFolder, {
      step,
      message,
      ...record,
      klCoef: this.#klCoef,
      prompts: responses.map(({ prompt }) => prompt),
      responseLengths: responses.map(({ ids }) => ids.length),
      scores: Array.from(scores),
      history: this.#steps.slice(-20),
    });
    throw new Error(`${message}, at step ${step}; ${place}`, { cause });
  }

  #report(record: PpoStep): void {
    const here = { label: "PPO", done: this.step, total: this.job.config.steps, unit: "steps" };
    const values = {
      score: record.score,
      KL: record.sequenceKl,
      entropy: record.entropy,
      "clip share": record.clipShare,
      "value loss": record.valueLoss,
      length: record.responseLength,
      "end of turn": record.endOfTurnShare,
      beta: record.klCoef,
      "seconds left": secondsLeft(here, (performance.now() - this.#started) / 1000, this.#firstStep) ?? 0,
      "RSS MB": process.memoryUsage().rss / 1e6,
    };
    this.job.control?.progress?.({ ...here, values });
  }

  result(): PpoResult {
    const { adapter, head } = this.#learner;
    return { adapter, head, steps: this.#steps, unscoredSampling: unscoredSampling(this.job.config.sampling) };
  }
}

function checkJob({ config, prompts, head, model }: PpoJob): void {
  checkPpoConfig(config);
  if (prompts.length === 0) throw new RangeError("Cannot run PPO: there is no prompt");
  prompts.forEach((ids, i) => {
    if (ids.length === 0) throw new RangeError(`Cannot run PPO on prompt ${i}: it is empty`);
  });
  const { width } = model.config;
  if (head && head.weight.length !== width)
    throw new RangeError(`Cannot run PPO: the value head reads ${head.weight.length} entries, the model has ${width}`);
}
