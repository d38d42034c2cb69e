// Beyond the paper: Figure 2 asks what each step of tuning adds by a fusion that pays more for profiles than they bring. Here the
// same profiles enter by gates, which gain from them, beside profiles that know nothing of the user and the text of the own items.
import { jsonCodec, matrixOf, prngOf, rowOf, type JobControl, type Json, type Matrix } from "../../core";
import { historyMeanText, meanOverRuns, type AccuracyResult } from "../../metrics";
import { principalRows, shuffledRows, unaugmented } from "../../recommenders";
import { ablatedData, ablatedUsers } from "../data/ablatedUsers";
import type { Experiment } from "../experiment";
import type { Setting } from "../paper/accuracy";
import { roundedRecalls } from "./roundedRecalls";
import { defineStage, type Stage } from "../stage";
import {
  ablationInputs,
  ablationOf,
  ablationPairs,
  textVectors,
  withOtherRuns,
  type Ablation,
  type UserRecalls,
} from "../tables/ablationStage";
import { variantTexts } from "../profiles/variantTextStage";
import type { Table1Vectors } from "../tables/table1Vectors";
import type { Measured } from "../tables/table1Tests";
import { trainRows } from "../tables/trainRows";
import type { TrainingPlan } from "../tables/trainings";

/** The last step's profiles dealt to other users, anew for each seed, and no profile at all: what a gain must be held against. */
export const gatedControls = ["users shuffled", "history-mean text"] as const;

/** The paper's order, and each variant above what has no profiles, others' profiles, or the items' own text. */
export const gatedPairs = [
  ...ablationPairs,
  ["Mask", "Base"],
  ["Naive", "Base"],
  ["GPT_KD", "Base"],
  ["LLMRec-style", "Base"],
  ["RecLM", "users shuffled"],
  ["RecLM", "history-mean text"],
] as const;

/** Figure 2's variants once more, users' profiles fused by gates into the recommender of notebook 12. */
export const gatedAblationStage: Stage<Ablation> = defineStage<Ablation>({
  name: "gated-ablation",
  version: 3,
  notebook: "13-ablation",
  inputs: (experiment) => ablationInputs(experiment, settingsOf(experiment)),
  codec: jsonCodec<Ablation & Json>(),
  compute: async (experiment, work, control) => {
    const plan = await gatedAblationPlan(experiment, control);
    const measured = await trainRows(experiment, plan, work, control);
    const ablation = await ablationOf(experiment, plan, measured, { sides: ["user"], pairs: gatedPairs });
    const recalls = (setting: Setting): UserRecalls => recallsOf(measured, setting, plan.data.interactions.userIds);
    return { ...ablation, recalls: { fullShot: recalls("fullShot"), zeroShot: recalls("zeroShot") } };
  },
});

function recallsOf(measured: readonly Measured[], setting: Setting, userIds: readonly string[]): UserRecalls {
  const variants = [...new Set(measured.map(({ run }) => run.variant))];
  const resultsOf = (variant: string): readonly AccuracyResult[] =>
    measured.filter(({ run }) => run.variant === variant).map(({ results }) => results[setting]);
  const valuesOf = (variant: string): readonly number[] => roundedRecalls(meanOverRuns(resultsOf(variant), "recall20"));
  return {
    users: Array.from(measured[0]!.results[setting].users, (user) => userIds[user]!),
    values: Object.fromEntries(variants.map((variant) => [variant, valuesOf(variant)])),
  };
}

/** The trainings of this run, made now if nobody has; the preset's other runs stand beside it where they are there. */
export function runGatedAblation(experiment: Experiment, control: JobControl = {}): Promise<readonly Ablation[]> {
  return withOtherRuns(gatedAblationStage, experiment, control);
}

/** Notebook 12's settings, with the seeds of Figures 2 and 3. */
function settingsOf({ preset }: Experiment) {
  const { recommender, epochs, evaluateEvery, batch, learningRate, axes } = preset.fusions;
  return { recommender, axes, seeds: preset.ablation.seeds, training: { epochs, evaluateEvery, batch, learningRate } };
}

/** What the gated ablation trains: Base, a row a variant, the controls. */
export async function gatedAblationPlan(experiment: Experiment, control: JobControl = {}): Promise<TrainingPlan> {
  const { recommender, axes, seeds, training } = settingsOf(experiment);
  const data = await ablatedData(experiment);
  const { itemText } = data;
  const users = ablatedUsers(experiment, data);
  const gated = async (variant: string, profiles: Matrix): Promise<Table1Vectors> => ({
    variant,
    augment: { user: true, item: false },
    fusion: "gated",
    features: { itemText, userProfiles: await principalRows(profiles, Math.min(axes, profiles.cols)) },
  });
  const rows: Table1Vectors[] = [{ variant: "Base", augment: unaugmented, features: { itemText } }];
  const texts = await variantTexts(experiment);
  const vectors: { readonly variant: string; readonly profiles: Matrix }[] = [];
  for (const { variant, user } of texts) {
    vectors.push({ variant, profiles: await textVectors(experiment, user, control) });
  }
  for (const { variant, profiles } of vectors) rows.push(await gated(variant, profiles));
  const last = vectors.find(({ variant }) => variant === "RecLM") ?? vectors.at(-1);
  if (!last) throw new RangeError("Cannot compare variants: the preset names none");
  const [shuffled, mean] = gatedControls;
  for (let seed = 1; seed <= seeds; seed++) {
    const dealt = shuffledRows(last.profiles, prngOf(experiment.seed, "shuffled", "users", seed), users);
    rows.push({ ...(await gated(shuffled, dealt)), seed });
  }
  rows.push(await gated(mean, rowsAlone(historyMeanText(data.shown, itemText), users)));
  return { table: "gated-ablation", data, rows, models: [recommender], seeds, settings: training };
}

/** The same rows at these places, zeros at the others. */
function rowsAlone(rows: Matrix, places: readonly number[]): Matrix {
  const alone = matrixOf(rows.rows, rows.cols);
  for (const place of places) rowOf(alone, place).set(rowOf(rows, place));
  return alone;
}
