import { prngOf, type Matrix } from "../../core";
import {
  constantRows,
  historyMeanText,
  oracleItemProfiles,
  shuffledRows,
  unaugmented,
  type Augment,
  type Features,
  type Fusion,
  type RecommenderName,
} from "../../recommenders";
import type { PreparedData } from "../data/dataStage";
import { encodeProfiles } from "../data/embeddings";
import type { Experiment } from "../experiment";
import type { Profiles } from "../profiles/profileStage";

/** A row of Table 1: which sides are fused, how, and with which vectors in the profiles' place. */
export interface Table1Vectors {
  readonly variant: string;
  readonly augment: Augment;
  readonly features: Features;
  /** The paper's unless given. */
  readonly fusion?: Fusion;
  /** The recommenders that it is trained for; all of them unless given. */
  readonly only?: readonly RecommenderName[];
  /** The seed that alone is trained with these vectors; all are unless given. */
  readonly seed?: number;
}

/** The paper's Table 2 takes one side's profiles away from these. */
const ablated: readonly RecommenderName[] = ["LightGCN", "SGL"];

const both: Augment = { user: true, item: true };

/** Base, Augmented with the written profiles, either side alone (Table 2), and the controls in their place. */
export async function table1Vectors(
  experiment: Experiment,
  data: PreparedData,
  profiles: Profiles,
): Promise<readonly Table1Vectors[]> {
  const { itemText } = data;
  const oracle = await oracleItemProfiles(data.split.test, 32, prngOf(experiment.seed, "oracle"));
  const userProfiles = await encodeProfiles(experiment, profiles.user.set);
  const itemProfiles = await encodeProfiles(experiment, profiles.item.set);
  const teacherUsers = await encodeProfiles(experiment, profiles.teacher.user);
  const teacherItems = await encodeProfiles(experiment, profiles.teacher.item);
  const dealt = (profilesOf: Matrix, side: string): Matrix =>
    shuffledRows(profilesOf, prngOf(experiment.seed, "shuffled", side));
  const row = (variant: string, users: Matrix, items: Matrix): Table1Vectors => ({
    variant,
    augment: both,
    features: { itemText, userProfiles: users, itemProfiles: items },
  });
  return [
    { variant: "Base", augment: unaugmented, features: { itemText } },
    row(`Augmented (${profiles.user.set.writer})`, userProfiles, itemProfiles),
    { ...row("w/o user profiles", userProfiles, itemProfiles), augment: { user: false, item: true }, only: ablated },
    { ...row("w/o item profiles", userProfiles, itemProfiles), augment: { user: true, item: false }, only: ablated },
    row("control: users shuffled", dealt(userProfiles, "users"), itemProfiles),
    row("control: items shuffled", userProfiles, dealtWithin(data, itemProfiles, experiment.seed)),
    row("control: one constant profile", constantRows(userProfiles), constantRows(itemProfiles)),
    row("control: teacher without the LLM", teacherUsers, teacherItems),
    // From what profiles are written from, so that validation pairs are in neither.
    row("control: history-mean text", historyMeanText(data.shown, itemText), itemText),
    {
      variant: "oracle: item profiles from test pairs",
      augment: { user: false, item: true },
      features: { itemText, itemProfiles: oracle },
    },
  ];
}

/**
 * Warm items' profiles dealt among warm items, cold ones' among cold ones; items whose pairs are all in the test are neither and keep
 * their own (of ml-100k's 1447 full-shot candidates 85), so that this control is a little milder full-shot than its name says.
 */
export function dealtWithin(data: PreparedData, profiles: Matrix, seed: number): Matrix {
  const warm = shuffledRows(profiles, prngOf(seed, "shuffled", "warm items"), data.wholeSet.warmItems);
  return shuffledRows(warm, prngOf(seed, "shuffled", "cold items"), data.coldItems);
}
