import { breathe, type JobControl, type Matrix, prngOf } from "../../core";
import { flags } from "../../data";
import type {
  Batch,
  Features,
  Frozen,
  Recipe,
  RecommenderDefinition,
  RecommenderModel,
  TrainingSet,
} from "../definition";
import { Kernels, matrixFrom } from "../kernels";
import { ParameterStore } from "../parameters";
import { batchesOf, epochTriples } from "./sampling";

/** How a recommender is trained. */
export interface TrainingOptions {
  readonly seed: number;
  /** Triples a step (the paper: 4096; MovieLens 100K: 1024). */
  readonly batch: number;
  readonly learningRate: number;
  /** d; 32 unless given. */
  readonly width?: number;
  /** Weight of the L2 penalty; the definition's unless given. */
  readonly regularisation?: number;
}

/** A model at the end of an epoch. */
export interface Trained extends Frozen {
  readonly name: string;
  readonly recipe?: Recipe;
  /** Epochs it was trained for. */
  readonly epoch: number;
  readonly parameters: Readonly<Record<string, Matrix>>;
}

// How long a training computes before it lets timers, output and interrupts have a turn.
const breathEveryMs = 30;

// Epochs that take less say nothing of their batches.
const showEveryMs = 500;

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
    const { seed, batch, learningRate, width = 32 } = options;
    const regularisation = options.regularisation ?? definition.regularisation ?? 1e-7;
    if (!(batch >= 1)) throw new RangeError(`Cannot train in batches of ${batch}: a batch holds at least one triple`);
    if (!(width >= 4 && width % 4 === 0)) {
      throw new RangeError(`Cannot train vectors of ${width} numbers: the width must be a multiple of 4`);
    }
    checkPairs(set);
    const kernels = new Kernels();
    this.parameters = new ParameterStore(kernels);
    this.#batch = batch;
    this.#adam = { learningRate, regularisation: definition.penalisesBatch ? 0 : regularisation };
    const prng = (purpose: string) => prngOf(seed, "init", purpose);
    const { parameters } = this;
    this.#model = definition.build({ set, features, width, batch, regularisation, kernels, parameters, prng });
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
    const prng = prngOf(this.options.seed, "triples", this.#epoch);
    const triples = epochTriples(this.set, prng, this.definition.negatives);
    this.#model.startEpoch?.();
    const { progress } = control;
    const label = this.definition.name;
    const total = Math.ceil(triples.users.length / this.#batch);
    let sum = 0;
    let steps = 0;
    let breathed = Date.now();
    let shown = breathed;
    for (const batch of batchesOf(triples, this.#batch)) {
      sum += this.step(batch);
      steps += 1;
      if (Date.now() - breathed >= breathEveryMs) {
        if (Date.now() - shown >= showEveryMs && steps < total) {
          progress?.({ label, done: steps, total, unit: "batches", values: { loss: sum / steps } });
          shown = Date.now();
        }
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

  /** Frees what the model holds beside its kernels; the training is over. */
  dispose(): void {
    this.#model.dispose?.();
  }

  /** A copy of the model as it is now. */
  freeze(): Trained {
    const values = this.parameters.all.map((parameter) => [parameter.name, matrixFrom(parameter.value)] as const);
    const parameters = Object.fromEntries(values);
    const { name, recipe } = this.definition;
    return { ...this.#model.freeze(), name, ...(recipe ? { recipe } : {}), epoch: this.#epoch, parameters };
  }
}

// Rows of cold items stand behind the warm ones or are not there: some models would train the wrong ones, others write past the end.
function checkPairs({ itemCount, train, warmItems }: TrainingSet): void {
  if (train.columns.length === 0) throw new RangeError("Cannot train: there is no training pair");
  const isWarm = flags(itemCount, warmItems);
  const cold = train.columns.find((item) => isWarm[item] !== 1);
  if (cold !== undefined) {
    throw new RangeError(`Cannot train: item ${cold} has a training pair, but is not among the warm items`);
  }
}
