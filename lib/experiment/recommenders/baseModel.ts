import { columnsOf, gatherRows, hasEntry, type JobControl } from "../../core";
import { minus } from "../../data";
import {
  Recommendations,
  recommenders,
  trainRecommender,
  unaugmented,
  type Listed,
  type Trained,
} from "../../recommenders";
import { baseOptions, type BaseRun } from "./baseStage";
import { dataStage, type PreparedData } from "../data/dataStage";
import type { Experiment } from "../experiment";
import { textFeatures } from "../data/textFeatures";

/** The model of a finished run, trained again up to its chosen full-shot epoch, ready to recommend. */
export async function baseModel(
  experiment: Experiment,
  run: BaseRun,
  control: JobControl = {},
): Promise<Recommendations> {
  const data = await dataStage.read(experiment);
  const { recommender, text, choice } = run;
  const options = baseOptions(experiment, run);
  const features = { itemText: await textFeatures(experiment, text, control) };
  const definition = recommenders[recommender](unaugmented);
  const epochs = choice.epochs.fullShot;
  const trained = await trainRecommender(definition, data.wholeSet, features, epochs, options, control);
  return recommendationsOf(trained, data);
}

/**
 * A trained model, ready to recommend what a user has not seen: of all that is known of the user, whatever its rating or time and
 * cold items too, its lists leave everything out but the test. Users are alike by what they were trained on.
 */
export function recommendationsOf(trained: Trained, { known, split, catalogue }: PreparedData): Recommendations {
  const titles = catalogue.indices().map((item) => catalogue.item(item).title);
  return Recommendations.of(trained, minus(known, split.test), titles, split.train);
}

/** A list for display: whether each item is cold, and whether the user took it in the test. */
export function listRows(
  listed: readonly Listed[],
  { split, coldItems }: PreparedData,
  user?: number,
): readonly Readonly<Record<string, string | number>>[] {
  const cold = new Set(coldItems);
  const taken = new Set(user === undefined ? [] : columnsOf(split.test, user));
  return listed.map(({ item, title, score }, at) => ({
    place: at + 1,
    title,
    score: score.toFixed(3),
    cold: cold.has(item) ? "cold" : "",
    ...(user === undefined ? {} : { "in the test": taken.has(item) ? "taken" : "" }),
  }));
}

/** The best cold items that a user has not seen, by their texts alone, as if they had come after training; for models of the encoder's text. */
export function coldList(model: Recommendations, data: PreparedData, user: number, n: number): readonly Listed[] {
  const cold = data.coldItems;
  const { data: scores } = model.scoresOfTexts(Int32Array.of(user), gatherRows(data.itemText, cold));
  const { seen, titles } = model.state;
  const unseen = Array.from(cold.keys()).filter((row) => !hasEntry(seen, user, cold[row]!));
  return unseen
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, n)
    .map((row) => ({ item: cold[row]!, title: titles[cold[row]!]!, score: scores[row]! }));
}
