// Departure from HKUDS/RecLM, which reports the epoch that is best on the test set: epochs are chosen on validation.
import { labelled, type JobControl } from "../../core";
import type { TrainView } from "../../data";
import { evaluate } from "../../metrics";
import type { Features, RecommenderDefinition, TrainingSet } from "../definition";
import type { Trained, TrainingOptions } from "./training";
import { trainRecommender } from "./trainRecommender";

/** The paper's two settings. */
export interface PerSetting<T> {
  readonly fullShot: T;
  readonly zeroShot: T;
}

/** One evaluated epoch of a training. */
export interface CurvePoint {
  readonly epoch: number;
  readonly loss: number;
  /** Validation Recall@20; undefined for a setting whose validation has no positive. */
  readonly recall20: PerSetting<number | undefined>;
}

/** Epochs chosen on validation, with the curve they were chosen from. */
export interface EpochChoice {
  readonly epochs: PerSetting<number>;
  readonly curve: readonly CurvePoint[];
}

/** How far a training goes and how often it is evaluated. */
export interface EpochBudget {
  readonly epochs: number;
  readonly evaluateEvery: number;
}

/**
 * Trains on `view.train` and chooses, for each setting, the epoch with the best validation Recall@20 (the earliest of
 * equals; the last evaluated one where validation has no positive).
 */
export async function chooseEpochs(
  definition: RecommenderDefinition,
  view: TrainView,
  features: Features,
  budget: EpochBudget,
  options: TrainingOptions,
  control: JobControl = {},
): Promise<EpochChoice> {
  if (!(budget.evaluateEvery >= 1)) {
    throw new RangeError(`Cannot evaluate every ${budget.evaluateEvery} epochs: the step must be at least 1`);
  }
  const curve: CurvePoint[] = [];
  await trainRecommender(definition, view, features, budget.epochs, options, control, ({ epoch, loss, freeze }) => {
    if (epoch % budget.evaluateEvery !== 0 && epoch !== budget.epochs) return undefined;
    const { scorer } = freeze();
    const { validation } = view;
    const recallOf = (setting: keyof PerSetting<unknown>): number | undefined =>
      validation[setting].positives.columns.length === 0
        ? undefined
        : evaluate(scorer, validation[setting]).mean.recall20;
    const recall20 = { fullShot: recallOf("fullShot"), zeroShot: recallOf("zeroShot") };
    curve.push({ epoch, loss, recall20 });
    return recall20.fullShot === undefined ? undefined : { "validation R@20": recall20.fullShot };
  });
  return { curve, epochs: { fullShot: bestEpoch(curve, "fullShot"), zeroShot: bestEpoch(curve, "zeroShot") } };
}

function bestEpoch(curve: readonly CurvePoint[], setting: keyof PerSetting<unknown>): number {
  let best = curve.at(-1)!;
  let recall = -1;
  for (const point of curve) {
    const value = point.recall20[setting];
    if (value !== undefined && value > recall) {
      best = point;
      recall = value;
    }
  }
  return best.epoch;
}

/** Models after chosen epochs of one training on `set`; one for each setting. */
export async function trainForEpochs(
  definition: RecommenderDefinition,
  set: TrainingSet,
  features: Features,
  epochs: PerSetting<number>,
  options: TrainingOptions,
  control: JobControl = {},
): Promise<PerSetting<Trained>> {
  const kept = new Map<number, Trained>();
  const last = Math.max(epochs.fullShot, epochs.zeroShot);
  const visit = ({ epoch, freeze }: { readonly epoch: number; freeze(): Trained }): undefined => {
    if (epoch === epochs.fullShot || epoch === epochs.zeroShot) kept.set(epoch, freeze());
  };
  const final = await trainRecommender(definition, set, features, last, options, control, visit);
  return { fullShot: kept.get(epochs.fullShot) ?? final, zeroShot: kept.get(epochs.zeroShot) ?? final };
}

/** A recommender fitted without sight of test pairs. */
export interface Fitted {
  readonly choice: EpochChoice;
  readonly models: PerSetting<Trained>;
}

/**
 * Chooses the epochs on validation, then trains anew on all of training (`whole`: the cut's pairs put back) for that
 * many. Test pairs come afterwards: `evaluate(fitted.models.fullShot.scorer, test.fullShot)`.
 *
 * Features that are made of pairs must not know the validation pairs: where they do (`historyMeanText` of all of
 * training), call `chooseEpochs` with those of the cut and `trainForEpochs` with those of the whole.
 */
export async function fitRecommender(
  definition: RecommenderDefinition,
  view: TrainView,
  whole: TrainingSet,
  features: Features,
  budget: EpochBudget,
  options: TrainingOptions,
  control: JobControl = {},
): Promise<Fitted> {
  const choosing = labelled(control, `${definition.name}, choosing the epoch`);
  const choice = await chooseEpochs(definition, view, features, budget, options, choosing);
  const retraining = labelled(control, `${definition.name}, on all of training`);
  return { choice, models: await trainForEpochs(definition, whole, features, choice.epochs, options, retraining) };
}
