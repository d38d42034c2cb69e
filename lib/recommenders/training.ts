import { breathe, type JobControl, type Matrix, prngOf } from "../core";
import type { Batch, Features, Frozen, RecommenderDefinition, RecommenderModel, TrainingSet } from "./definition";
import { Kernels, matrixFrom } from "./kernels";
import { ParameterStore } from "./parameters";
import { batchesOf, epochTriples } from "./sampling";

/** How a recommender is trained. */
export interface TrainingOptions {
  readonly seed: number;
  /** Triples a step (the paper: 4096; MovieLens 100K: 1024). */
  readonly batch: number;
  readonly learningRate: number;
  /** d; 32 unless given. */
  readonly width?: number;
  /** Weight of the sum of squares of all parameters; 1e-7 unless given. */
  readonly regularisation?: number;
}

/** A model at the end of an epoch. */
export interface Trained extends Frozen {
  readonly name: string;
  /** Epochs it was trained for. */
  readonly epoch: number;
  readonly parameters: Readonly<Record<string, Matrix>>;
}

// How long a training computes before it lets timers, output and interrupts have a turn.
const breathEveryMs = 30;

/** One training, step by step; `trainRecommender` drives it. */
export class Training {
  readonly parameters: ParameterStore;
  readonly #model: RecommenderModel;
  readonly #batch: number;
  readonly #adam: { readonly learningRate: number; readonly regularisation: number };
  #epoch = 0;

  constructor(
    readonly definition: RecommenderDefinition,
    readonly set: TrainingSet,
    features: Features,
    readonly options: TrainingOptions,
  ) {
    const { seed, batch, learningRate, width = 32, regularisation = 1e-7 } = options;
    if (!(batch >= 1)) throw new RangeError(`Cannot train in batches of ${batch}: a batch holds at least one triple`);
    if (!(width >= 4 && width % 4 === 0)) {
      throw new RangeError(`Cannot train vectors of ${width} numbers: the width must be a multiple of 4`);
    }
    if (set.train.columns.length === 0) throw new RangeError("Cannot train: there is no training pair");
    const kernels = new Kernels();
    this.parameters = new ParameterStore(kernels);
    this.#batch = batch;
    this.#adam = { learningRate, regularisation };
    const prng = (purpose: string) => prngOf(seed, "init", purpose);
    this.#model = definition.build({ set, features, width, batch, kernels, parameters: this.parameters, prng });
  }

  /** Epochs finished. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The loss without its penalty, its gradients left in the parameters: for tests of exactness. */
  batchLoss(batch: Batch): number {
    return this.#model.batchLoss(batch);
  }

  /** One optimiser step; returns the loss with its penalty, before the step. */
  step(batch: Batch): number {
    return this.#model.batchLoss(batch) + this.parameters.step(this.#adam);
  }

  /** One pass over the training pairs; returns the mean loss of its steps, or stops within tens of milliseconds. */
  async runEpoch(control: JobControl = {}): Promise<number> {
    const triples = epochTriples(this.set, prngOf(this.options.seed, "triples", this.#epoch));
    let sum = 0;
    let steps = 0;
    let breathed = Date.now();
    for (const batch of batchesOf(triples, this.#batch)) {
      sum += this.step(batch);
      steps += 1;
      if (Date.now() - breathed >= breathEveryMs) {
        await breathe(control.signal);
        breathed = Date.now();
      }
    }
    await breathe(control.signal);
    this.#epoch += 1;
    const loss = sum / steps;
    if (!Number.isFinite(loss)) {
      throw new RangeError(
        `Cannot go on training ${this.definition.name}: the loss of epoch ${this.#epoch} is ${loss}`,
      );
    }
    return loss;
  }

  /** A copy of the model as it is now. */
  freeze(): Trained {
    const values = this.parameters.all.map((parameter) => [parameter.name, matrixFrom(parameter.value)] as const);
    const parameters = Object.fromEntries(values);
    return { ...this.#model.freeze(), name: this.definition.name, epoch: this.#epoch, parameters };
  }
}
