// Departure from HKUDS/RecLM, which reports the epoch that is best on the test set: that epoch is a column of its own here, beside
// the one chosen on validation.
import { join } from "node:path";
import { isFinished, jsonCodec, keptJson, seedOf, type JobControl, type Json } from "../../core";
import { headShare } from "../../metrics";
import {
  chooseEpochs,
  recommenders,
  trainRecommender,
  unaugmented,
  type EpochChoice,
  type Features,
  type RecommenderName,
  type TrainingOptions,
} from "../../recommenders";
import { dataStage, type PreparedData } from "../data/dataStage";
import type { Experiment } from "../experiment";
import type { BaseSettings } from "../presets/preset";
import { defineStage, type Stage } from "../stage";
import type { Accuracy } from "../paper/accuracy";
import { testAccuracies } from "./testAccuracies";
import { checkTestable } from "../data/testable";
import { textFeatures, textHash, textsOfBases } from "../data/textFeatures";
import type { TextName } from "../presets/textNames";
import { trainStages } from "./trainStages";

/** What is trained: seeds count from 1. */
interface RunName {
  readonly recommender: RecommenderName;
  readonly text: TextName;
  readonly seed: number;
}

/** A recommender without profiles, trained with one kind of item text and one seed. */
export interface BaseRun extends RunName {
  /** On the validation cut. */
  readonly choice: EpochChoice;
  /** On the test, of a training on all of train. */
  readonly test: readonly BasePoint[];
  /** Share of the full-shot lists of 20 that goes to the head, at the chosen epoch; 0..1. */
  readonly headShare: number;
}

/** An evaluated epoch. */
export interface BasePoint {
  readonly epoch: number;
  /** Of training up to here, evaluation left out. */
  readonly seconds: number;
  readonly fullShot: Accuracy;
  readonly zeroShot: Accuracy;
}

/** Base (Sec. 2.1, Eq. 1) of one recommender in the authors' recipe; a stage for each kind of text and seed. */
export function baseStageOf(name: RunName): Stage<BaseRun> {
  const { recommender, text, seed } = name;
  return defineStage<BaseRun>({
    name: `base-${recommender.toLowerCase()}-${text}-${seed}`,
    version: 1,
    notebook: "09-five-recommenders",
    inputs: (experiment) => ({
      data: dataStage.hash(experiment),
      text: textHash(experiment, text),
      training: { ...trainingOf(experiment.preset.bases) },
      seed: baseOptions(experiment, name).seed,
    }),
    codec: jsonCodec<BaseRun & Json>(),
    compute: (experiment, work, control) => oneRun(experiment, name, work, control),
  });
}

/** How a run is trained, with draws of its own. */
export function baseOptions({ preset, seed: runSeed }: Experiment, { recommender, seed }: RunName): TrainingOptions {
  const { batch, learningRate } = preset.bases;
  return { seed: seedOf(runSeed, "base", recommender, seed), batch, learningRate };
}

function trainingOf({ epochs, evaluateEvery, batch, learningRate }: BaseSettings) {
  return { epochs, evaluateEvery, batch, learningRate };
}

/** All of them: every kind of text (`textsOfBases`) and every seed of the preset. */
export function baseStages(experiment: Experiment): readonly Stage<BaseRun>[] {
  const names = Object.keys(recommenders) as RecommenderName[];
  const { seeds } = experiment.preset.bases;
  return textsOfBases(experiment).flatMap((text) =>
    names.flatMap((recommender) =>
      Array.from({ length: seeds }, (_, at) => baseStageOf({ recommender, text, seed: at + 1 })),
    ),
  );
}

/** Trains what is not trained yet; finished trainings are kept one by one. */
export async function runBases(experiment: Experiment, control: JobControl = {}): Promise<readonly BaseRun[]> {
  const stages = baseStages(experiment);
  const isOpen = stages.some((stage) => !isFinished(stage.folder(experiment)));
  // Kept from here on: processes side by side would each make them.
  const slow = textsOfBases(experiment).filter((text) => text === "tf-idf" || text === "bert-base-nli");
  if (isOpen) for (const text of slow) await textFeatures(experiment, text, control);
  return trainStages(experiment, "bases", stages, control);
}

/** The head: the most popular items that make up a fifth of the warm ones. */
export const headSize = 0.2;

async function oneRun(experiment: Experiment, name: RunName, work: string, control: JobControl): Promise<BaseRun> {
  const { recommender, text } = name;
  const data = await dataStage.read(experiment);
  checkTestable(data);
  const budget = experiment.preset.bases;
  const features = { itemText: await textFeatures(experiment, text, control) };
  const definition = recommenders[recommender](unaugmented);
  const options = baseOptions(experiment, name);
  const choice = await keptJson(join(work, "epochs.json"), () =>
    chooseEpochs(definition, data.trainView, features, budget, options, control),
  );
  return { ...name, choice, ...(await tested(data, features, { definition, choice, budget, options }, control)) };
}

interface Training {
  readonly definition: Parameters<typeof trainRecommender>[0];
  readonly choice: EpochChoice;
  readonly budget: { readonly epochs: number; readonly evaluateEvery: number };
  readonly options: Parameters<typeof trainRecommender>[4];
}

/** The whole curve on the test, which the paper's choice of epoch is made from. */
async function tested(
  data: PreparedData,
  features: Features,
  { definition, choice, budget, options }: Training,
  control: JobControl,
): Promise<Pick<BaseRun, "test" | "headShare">> {
  const { testView, wholeSet } = data;
  const test: BasePoint[] = [];
  let head = 0;
  let seconds = 0;
  let resumed = performance.now();
  await trainRecommender(definition, wholeSet, features, budget.epochs, options, control, ({ epoch, freeze }) => {
    seconds += (performance.now() - resumed) / 1000;
    let shown: Readonly<Record<string, number>> | undefined;
    if (epoch % budget.evaluateEvery === 0 || epoch === budget.epochs) {
      const { scorer } = freeze();
      const point = { epoch, seconds, ...testAccuracies(testView, { fullShot: scorer, zeroShot: scorer }) };
      test.push(point);
      shown = { "test R@20": point.fullShot.recall20 };
      if (epoch === choice.epochs.fullShot) head = headShare(scorer, testView.fullShot, wholeSet.train, headSize);
    }
    resumed = performance.now();
    return shown;
  });
  return { test, headShare: head };
}
