import { isFinished, jsonCodec, matrixOf, rowOf, type JobControl, type Json, type Matrix } from "../../core";
import { testCounts } from "../../data";
import type { Share } from "../../profiles";
import { unaugmented } from "../../recommenders";
import type { AblatedVariant } from "../presets/ablatedVariants";
import { ablatedData, ablatedUsers } from "../data/ablatedUsers";
import type { PreparedData } from "../data/dataStage";
import { encodeTexts } from "../data/embeddings";
import { otherRuns, type Experiment } from "../experiment";
import type { Setting } from "../paper/accuracy";
import { naiveSingleTurnStage } from "../tuning/naiveStages";
import { policyStage } from "../reinforcement/policyStage";
import { preferenceStage } from "../reinforcement/preferenceStage";
import { rewardStage } from "../reinforcement/rewardStage";
import { defineStage, readIfThere, type Stage } from "../stage";
import { stagesToMask } from "../tuning/stagesToMask";
import type { Table1, Table1Run, Table1Test } from "./table1";
import type { Table1Vectors } from "./table1Vectors";
import { pairedTests, type Measured } from "./table1Tests";
import { trainRows } from "./trainRows";
import type { TrainingPlan } from "./trainings";
import { variantTexts, variantTextStageOf, type VariantTexts } from "../profiles/variantTextStage";

/** Figures 2 and 3 of one whole run: the same recommenders with the profiles of each variant. */
export interface Ablation {
  readonly dataset: string;
  readonly preset: string;
  readonly label: string;
  /** Of the whole run: split, tuning and profiles. */
  readonly seed: number;
  readonly sides: readonly ("user" | "item")[];
  readonly sizes: Table1["sizes"];
  /** How many texts each variant wrote, of how many, and the share of users in the exact format at first. */
  readonly written: readonly {
    readonly variant: AblatedVariant;
    readonly texts: number;
    readonly of: number;
    readonly inFormat: Share | null;
  }[];
  /** Base, then a row a variant. */
  readonly runs: readonly Table1Run[];
  readonly tests: readonly Table1Test[];
  /** Where tuning seeds are tested together. */
  readonly recalls?: Readonly<Record<Setting, UserRecalls>>;
}

/** Recall@20 of each test user, a mean over the recommender's seeds, to five decimals. */
export interface UserRecalls {
  /** [n] ids, the same in every tuning seed's split. */
  readonly users: readonly string[];
  /** [n] by variant. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

/** The claims of Sec. 3.3 and 3.6, each a pair: more of the method above less of it. */
export const ablationPairs = [
  ["RecLM", "Mask"],
  ["RecLM", "Naive"],
  ["RecLM", "GPT_KD"],
  ["Mask", "Naive"],
  ["Mask", "GPT_KD"],
  ["Naive", "GPT_KD"],
  ["RecLM", "LLMRec-style"],
  ["RecLM", "Base"],
] as const;

/** Trains Base and each variant's row with the same seeds, and tests the paper's order. */
export const ablationStage: Stage<Ablation> = defineStage<Ablation>({
  name: "ablation",
  version: 1,
  notebook: "13-ablation",
  inputs: (experiment) => ablationInputs(experiment, { ...experiment.preset.recommenders, ...trained(experiment) }),
  codec: jsonCodec<Ablation & Json>(),
  compute: async (experiment, work, control) => {
    const plan = await ablationPlan(experiment, control);
    const measured = await trainRows(experiment, plan, work, control);
    return ablationOf(experiment, plan, measured, { sides: experiment.preset.ablation.sides, pairs: ablationPairs });
  },
});

/** What trainings with the variants' texts depend on. */
export function ablationInputs(experiment: Experiment, settings: object): Json {
  return {
    texts: experiment.preset.ablation.variants.map((variant) => variantTextStageOf(variant).hash(experiment)),
    encoder: experiment.encoder.hash,
    settings: JSON.parse(JSON.stringify(settings)) as Json,
    seed: experiment.seed,
  };
}

/** What trainings of a plan say, and what was written for them. */
export async function ablationOf(
  experiment: Experiment,
  { data }: TrainingPlan,
  measured: readonly Measured[],
  { sides, pairs }: { readonly sides: Ablation["sides"]; readonly pairs: readonly (readonly [string, string])[] },
): Promise<Ablation> {
  const { preset, seed } = experiment;
  const texts = await variantTexts(experiment);
  const users = ablatedUsers(experiment, data).length;
  return {
    dataset: data.name,
    preset: preset.name,
    label: preset.label,
    seed,
    sides,
    sizes: [{ fold: data.fold, ...testCounts(data.testView) }],
    written: texts.map((text) => writtenOf(text, users)),
    runs: measured.map(({ run }) => run),
    tests: pairedTests(measured, (there) => pairs.filter((pair) => pair.every((name) => there.includes(name)))),
  };
}

function trained({ preset }: Experiment): Pick<Experiment["preset"]["ablation"], "models" | "seeds"> {
  const { models, seeds } = preset.ablation;
  return { models, seeds };
}

/** What Figures 2 and 3 train. */
export async function ablationPlan(experiment: Experiment, control: JobControl = {}): Promise<TrainingPlan> {
  const data = await ablatedData(experiment);
  const rows = await ablationRows(experiment, data, await variantTexts(experiment), control);
  return { table: "ablation", data, rows, ...trained(experiment) };
}

function writtenOf({ variant, user, item, inFormat }: VariantTexts, users: number): Ablation["written"][number] {
  const texts = [...user, ...(item ?? [])].filter((text) => text !== null).length;
  return { variant, texts, of: users + (item?.length ?? 0), inFormat };
}

async function ablationRows(
  experiment: Experiment,
  data: PreparedData,
  texts: readonly VariantTexts[],
  control: JobControl,
): Promise<readonly Table1Vectors[]> {
  const { itemText } = data;
  const { sides } = experiment.preset.ablation;
  const augment = { user: sides.includes("user"), item: sides.includes("item") };
  const rows: Table1Vectors[] = [{ variant: "Base", augment: unaugmented, features: { itemText } }];
  for (const { variant, user, item } of texts) {
    const userProfiles = await textVectors(experiment, user, control);
    const itemProfiles = item ? { itemProfiles: await textVectors(experiment, item, control) } : {};
    rows.push({ variant, augment, features: { itemText, userProfiles, ...itemProfiles } });
  }
  return rows;
}

/** [n, d] embeddings; rows of zeros where nothing was written. */
export async function textVectors(
  experiment: Experiment,
  texts: readonly (string | null)[],
  control: JobControl,
): Promise<Matrix> {
  const places = texts.flatMap((text, place) => (text === null ? [] : [place]));
  const vectors = await encodeTexts(
    experiment,
    places.map((place) => texts[place]!),
    control,
  );
  const all = matrixOf(texts.length, vectors.cols);
  places.forEach((place, row) => rowOf(all, place).set(rowOf(vectors, row)));
  return all;
}

/** What a preset's variants are made by, each stage after those that it reads. */
function tuningsOf({ preset }: Experiment): readonly Stage<unknown>[] {
  const { variants } = preset.ablation;
  return [
    ...stagesToMask,
    ...(variants.includes("Naive") ? [naiveSingleTurnStage] : []),
    ...(variants.includes("RecLM") ? [preferenceStage, rewardStage, policyStage] : []),
  ];
}

/** Figures 2 and 3 of this run, made now if nobody has (`withOtherRuns`). */
export function runAblation(experiment: Experiment, control: JobControl = {}): Promise<readonly Ablation[]> {
  return withOtherRuns(ablationStage, experiment, control);
}

/**
 * An ablation of this run, and of the preset's other runs where it is there. Where this run's is not: tunes what no earlier notebook
 * has tuned (for another tuning seed: everything, in hours), writes what is not written yet, variant by variant, then trains. Where
 * it is, texts are not asked for: a replay may have its numbers alone.
 */
export async function withOtherRuns(
  stage: Stage<Ablation>,
  experiment: Experiment,
  control: JobControl,
): Promise<readonly Ablation[]> {
  if (!isFinished(stage.folder(experiment))) await writeVariants(experiment, control);
  const own = await stage.run(experiment, control);
  const found = await Promise.all(otherRuns(experiment).map((run) => readIfThere(stage, run)));
  return [own, ...found.filter((one) => one !== undefined)].sort((a, b) => a.seed - b.seed);
}

async function writeVariants(experiment: Experiment, control: JobControl): Promise<void> {
  // Texts take hours: the data must be such that what they are written for can be tested.
  await ablatedData(experiment);
  for (const stage of tuningsOf(experiment)) await stage.run(experiment, control);
  for (const variant of experiment.preset.ablation.variants) await variantTextStageOf(variant).run(experiment, control);
}
