// What stands in the profiles' place. Heads are chosen on vectors of a second kind, made as if validation's cold items were cold;
// the language model's profiles would have to be written again for that, so heads with those are chosen on the teacher's. The
// teacher's base rates (how common a category is among all pairs) stay those of all of training.
import { prngOf, transposed, type Csr, type JobControl, type Matrix } from "../../core";
import type { ProfileSet } from "../../data";
import { historyMeanText } from "../../metrics";
import { historiesOf } from "../../prompts";
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
  /** As they would be were validation's cold items cold: what a head is chosen with. */
  readonly cut: VectorPair;
  /** On principal axes, unit rows. */
  readonly compact: VectorPair;
}

type Named = Readonly<Record<string, VectorPair>>;

/**
 * The written profiles where there are any, the teacher's, and what stands in their place as controls: dealt to others, one
 * for all, the mean text of the own items; and the oracles, of users and of items, beside the real other side.
 */
export async function fusionVectors(
  experiment: Experiment,
  data: PreparedData,
  written: Profiles | undefined,
  control: JobControl,
): Promise<readonly FusionVectors[]> {
  const whole = await vectorsOn(experiment, data, data.split.test, written, control);
  const cut = await vectorsOn(experiment, asOnCut(data), data.split.validation, undefined, control);
  const { axes } = experiment.preset.fusions;
  const sets: FusionVectors[] = [];
  for (const [name, pair] of Object.entries(whole)) {
    sets.push({ name, whole: pair, cut: cut[name] ?? cut[taught]!, compact: await compacted(pair, axes) });
  }
  return sets;
}

/** The data as they would be were validation's cold items cold: users have read none of them, and nobody has read those. */
function asOnCut(data: PreparedData): PreparedData {
  const { train, warmItems, validation } = data.trainView;
  return {
    ...data,
    wholeSet: { ...data.wholeSet, train, warmItems },
    coldItems: validation.zeroShot.candidates,
    histories: historiesOf(data.positives, train),
    shown: train,
    usersOf: transposed(train),
  };
}

const taught = "teacher's profiles";

async function vectorsOn(
  experiment: Experiment,
  data: PreparedData,
  heldOut: Csr,
  written: Profiles | undefined,
  control: JobControl,
): Promise<Named> {
  const { itemText } = data;
  const profiles = await teacherProfiles(experiment, data, await promptSourceOf(experiment));
  const pairOf = async (users: ProfileSet, items: ProfileSet): Promise<VectorPair> => ({
    users: await encodeProfiles(experiment, users, control),
    items: await encodeProfiles(experiment, items, control),
  });
  const teacher = await pairOf(profiles.user, profiles.item);
  const own = written && (await pairOf(written.user.set, written.item.set));
  const { users, items } = own ?? teacher;
  const { seed } = experiment;
  const dealt = shuffledRows(users, prngOf(seed, "shuffled", "users"));
  const oracle = await oracleItemProfiles(heldOut, 32, prngOf(seed, "oracle"), control.signal);
  return {
    ...(own ? { [`profiles (${written.user.set.writer})`]: own } : {}),
    [taught]: teacher,
    shuffled: { users: dealt, items: dealtWithin(data, items, seed) },
    constant: { users: constantRows(users), items: constantRows(items) },
    "history-mean text": { users: historyMeanText(data.shown, itemText), items: itemText },
    "oracle users": { users: historyMeanText(heldOut, itemText), items },
    "oracle items": { users, items: oracle },
  };
}

async function compacted({ users, items }: VectorPair, axes: number): Promise<VectorPair> {
  const of = (matrix: Matrix): Promise<Matrix> => principalRows(matrix, Math.min(axes, matrix.cols));
  return { users: await of(users), items: await of(items) };
}
