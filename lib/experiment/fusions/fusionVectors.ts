import { prngOf, type JobControl, type Matrix } from "../../core";
import type { ProfileSet } from "../../data";
import { historyMeanText } from "../../metrics";
import { constantRows, oracleItemProfiles, principalRows, shuffledRows } from "../../recommenders";
import type { PreparedData } from "../data/dataStage";
import { encodeProfiles } from "../data/embeddings";
import type { Experiment } from "../experiment";
import { promptSourceOf } from "../instructions/instructionStage";
import { teacherProfiles, type Profiles } from "../profiles/profileStage";
import { dealtWithin } from "../tables/table1Vectors";

/** Vectors of both sides. */
export interface VectorPair {
  /** [U, d] */
  readonly users: Matrix;
  /** [I, d] */
  readonly items: Matrix;
}

/** One kind of vectors in the profiles' place, as they are and as gates are given them. */
export interface FusionVectors {
  readonly name: string;
  readonly whole: VectorPair;
  /** On principal axes, unit rows. */
  readonly compact: VectorPair;
}

/**
 * The written profiles where there are any, the teacher's, and what stands in their place as controls: dealt to others, one
 * for all, the mean text of the own items; and the oracle of items beside the real users.
 */
export async function fusionVectors(
  experiment: Experiment,
  data: PreparedData,
  written: Profiles | undefined,
  control: JobControl,
): Promise<readonly FusionVectors[]> {
  const source = await promptSourceOf(experiment);
  const taught = await teacherProfiles(experiment, data, source);
  const pairOf = async (users: ProfileSet, items: ProfileSet): Promise<VectorPair> => ({
    users: await encodeProfiles(experiment, users, control),
    items: await encodeProfiles(experiment, items, control),
  });
  const teacher = await pairOf(taught.user, taught.item);
  const own = written && (await pairOf(written.user.set, written.item.set));
  const real = own ?? teacher;
  const { seed } = experiment;
  const oracle = await oracleItemProfiles(data.split.test, 32, prngOf(seed, "oracle"), control.signal);
  const pairs: readonly (readonly [string, VectorPair])[] = [
    ...(own ? [[`profiles (${written.user.set.writer})`, own] as const] : []),
    ["teacher's profiles", teacher],
    [
      "shuffled",
      {
        users: shuffledRows(real.users, prngOf(seed, "shuffled", "users")),
        items: dealtWithin(data, real.items, seed),
      },
    ],
    ["constant", { users: constantRows(real.users), items: constantRows(real.items) }],
    ["history-mean text", { users: historyMeanText(data.shown, data.itemText), items: data.itemText }],
    ["oracle items", { users: real.users, items: oracle }],
  ];
  const { axes } = experiment.preset.fusions;
  const sets: FusionVectors[] = [];
  for (const [name, whole] of pairs) sets.push({ name, whole, compact: await compacted(whole, axes) });
  return sets;
}

async function compacted({ users, items }: VectorPair, axes: number): Promise<VectorPair> {
  const of = (matrix: Matrix): Promise<Matrix> => principalRows(matrix, Math.min(axes, matrix.cols));
  return { users: await of(users), items: await of(items) };
}
