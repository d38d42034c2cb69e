// What stands in the profiles' place. Epochs and heads are chosen on vectors of a second kind, made as if validation's cold items
// were cold; the language model's profiles would have to be written again for that, so choices for those are made on the teacher's.
// A teacher's file (`Preset.teacher`) is written already: what it says of those items' readers stays.
import { prngOf, remembered, seedOf, transposed, type Csr, type JobControl, type Matrix } from "../../core";
import type { ProfileSet } from "../../data";
import { historyMeanText } from "../../metrics";
import { historiesOf } from "../../prompts";
import { constantRows, oracleItemProfiles, principalRows, shuffledRows } from "../../recommenders";
import type { PreparedData } from "../data/dataStage";
import { encodeProfiles } from "../data/embeddings";
import type { Experiment } from "../experiment";
import { teacherProfiles, type Profiles } from "../profiles/profileStage";
import { dealtWithin } from "../tables/table1Vectors";

/** Vectors of both sides. */
export interface VectorPair {
  /** [U, d] */
  readonly users: Matrix;
  /** [I, d] */
  readonly items: Matrix;
}

/** What is tested, on all of training, and what epochs and heads are chosen with: as it would be were validation's cold items cold. */
export interface WholeAndCut<T> {
  readonly whole: T;
  readonly cut: T;
}

/** One kind of vectors in the profiles' place, as they are and as gates are given them. */
export interface FusionVectors {
  readonly name: string;
  /** The training seed that alone is given them; undefined: all are. */
  readonly seed?: number;
  readonly full: WholeAndCut<VectorPair>;
  /** On principal axes, unit rows. */
  readonly compact: WholeAndCut<VectorPair>;
}

interface Kind extends VectorPair, Pick<FusionVectors, "name" | "seed"> {}

/**
 * The written profiles where there are any, the teacher's, and what stands in their place as controls: dealt to others (anew for each
 * seed, as a single deal may be a lucky one), one for all, the mean text of the own items; and the oracles, of users and of items,
 * beside the real other side.
 */
export async function fusionVectors(
  experiment: Experiment,
  data: PreparedData,
  written: Profiles | undefined,
  control: JobControl,
): Promise<readonly FusionVectors[]> {
  const whole = await vectorsOn(experiment, data, data.split.test, written, control);
  const cut = await vectorsOn(experiment, asOnCut(data), data.split.validation, undefined, control);
  const compacted = compactor(experiment.preset.fusions.axes);
  const sets: FusionVectors[] = [];
  for (const kind of whole) {
    const { name, seed } = kind;
    const chosenWith = cut.find((other) => other.name === name && other.seed === seed);
    const full = { whole: kind, cut: chosenWith ?? cut.find((other) => other.name === taught)! };
    const compact = { whole: await compacted(full.whole), cut: await compacted(full.cut) };
    sets.push({ name, ...(seed === undefined ? {} : { seed }), full, compact });
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
): Promise<readonly Kind[]> {
  const { itemText } = data;
  const profiles = await teacherProfiles(experiment, data);
  const pairOf = async (users: ProfileSet, items: ProfileSet): Promise<VectorPair> => ({
    users: await encodeProfiles(experiment, users, control),
    items: await encodeProfiles(experiment, items, control),
  });
  const teacher = await pairOf(profiles.user, profiles.item);
  const own = written && (await pairOf(written.user.set, written.item.set));
  const { users, items } = own ?? teacher;
  const { seed } = experiment;
  return [
    ...(own ? [{ name: `profiles (${written.user.set.writer})`, ...own }] : []),
    { name: taught, ...teacher },
    ...deals(experiment, data, { users, items }),
    { name: "constant", users: constantRows(users), items: constantRows(items) },
    { name: "history-mean text", users: historyMeanText(data.shown, itemText), items: itemText },
    { name: "oracle users", users: historyMeanText(heldOut, itemText), items },
    {
      name: "oracle items",
      users,
      items: await oracleItemProfiles(heldOut, 32, prngOf(seed, "oracle"), control.signal),
    },
  ];
}

function deals({ preset, seed }: Experiment, data: PreparedData, { users, items }: VectorPair): readonly Kind[] {
  return Array.from({ length: preset.fusions.seeds }, (_, at) => {
    const own = seedOf(seed, "deal", data.fold, at + 1);
    const dealt = shuffledRows(users, prngOf(own, "shuffled", "users"));
    return { name: "shuffled", seed: at + 1, users: dealt, items: dealtWithin(data, items, own) };
  });
}

/** Pairs on their principal axes; a matrix that stands in several pairs is turned once. */
function compactor(axes: number): (pair: VectorPair) => Promise<VectorPair> {
  const of = remembered((matrix: Matrix) => principalRows(matrix, Math.min(axes, matrix.cols)));
  return async ({ users, items }) => ({ users: await of(users), items: await of(items) });
}
