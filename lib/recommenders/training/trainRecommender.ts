import type { JobControl } from "../../core";
import type { Features, RecommenderDefinition, TrainingSet } from "../definition";
import { type Trained, Training, type TrainingOptions } from "./training";

/** What `visit` is told at the end of an epoch. */
export interface EpochEnd {
  /** Epochs finished, from 1. */
  readonly epoch: number;
  /** Mean loss of the epoch's steps, with the penalty. */
  readonly loss: number;
  /** Copies the model as it is now. */
  freeze(): Trained;
}

/**
 * Trains for `epochs` epochs and returns the model after the last: the one loop of every recommender.
 *
 * `visit`, if given, is called after each epoch; the numbers it returns are shown with the progress.
 *
 * @example const model = await trainRecommender(lightGcn(), view, { itemText }, 50, { seed: 1, batch: 1024, learningRate: 1e-3 });
 */
export async function trainRecommender(
  definition: RecommenderDefinition,
  set: TrainingSet,
  features: Features,
  epochs: number,
  options: TrainingOptions,
  control: JobControl = {},
  visit?: (end: EpochEnd) => Readonly<Record<string, number>> | undefined,
): Promise<Trained> {
  if (!(epochs >= 1)) throw new RangeError(`Cannot train for ${epochs} epochs: at least one is needed`);
  const training = new Training(definition, set, features, options);
  try {
    let shown: Readonly<Record<string, number>> = {};
    while (training.epoch < epochs) {
      const loss = await training.runEpoch(withinEpochs(control, training.epoch, epochs));
      const epoch = training.epoch;
      shown = { ...shown, ...visit?.({ epoch, loss, freeze: () => training.freeze() }) };
      control.progress?.({
        label: definition.name,
        done: epoch,
        total: epochs,
        unit: "epochs",
        values: { loss, ...shown },
      });
    }
    return training.freeze();
  } finally {
    training.dispose();
  }
}

/** The same control, told of parts of an epoch where it is told of batches. */
function withinEpochs(control: JobControl, finished: number, total: number): JobControl {
  const { progress } = control;
  if (!progress) return control;
  return {
    ...control,
    progress: (state) => {
      const done = finished + Math.floor((100 * state.done) / state.total) / 100;
      progress({ ...state, done, total, unit: "epochs" });
    },
  };
}
