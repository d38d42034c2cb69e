import { existsSync } from "node:fs";
import { join } from "node:path";
import { MissingInputError, readInts, writeNumbers } from "../../core";
import {
  cloneVariable,
  loadDataset,
  readDelimited,
  readRecBole,
  readRecLm,
  sampleDataset,
  sampleSnapshots,
  saveDataset,
  type Dataset,
  type Interactions,
  type SnapshotPair,
} from "../../data";
import { readReleasedUserProfiles } from "../../profiles";
import type { Experiment } from "../experiment";
import { fileHashSync } from "../fileHash";
import type { Preset } from "../presets/preset";
import { syntheticDataset } from "./synthetic";

/** A data set before it is split. */
export interface SourceData {
  /** All ratings; of two snapshots the first. */
  readonly dataset: Dataset;
  /** The second snapshot where the source has one: the split is then the source's own. */
  readonly second?: SecondSnapshot;
}

/** What the first snapshot is tested on; items are catalogue indices, ascending. */
export interface SecondSnapshot {
  readonly interactions: Interactions;
  readonly testItems: Int32Array;
  readonly coldItems: Int32Array;
}

/** Reads the preset's data set, sampled where the preset says so. */
export async function readSource(experiment: Experiment): Promise<SourceData> {
  const { source, sample, minRating } = experiment.preset.data;
  const { seed } = experiment;
  if (source === "mind") return readMind(experiment);
  const whole =
    source === "synthetic"
      ? syntheticDataset({ users: 36, items: 60, seed })
      : source === "files"
        ? await readDelimited({ name: experiment.preset.name, ...filesOf(experiment) })
        : await readRecBole(movieLensFolder(experiment));
  return {
    dataset: sample ? sampleDataset(whole, { ...sample, items: sample.items ?? Infinity, seed, minRating }) : whole,
  };
}

async function readMind(experiment: Experiment): Promise<SourceData> {
  const { first, second, testItems, zeroItems, catalogue, notes } = await readRecLm("mind", cloneFolder(experiment));
  if (!first || !second || !testItems || !zeroItems) {
    throw new MissingInputError(
      "both snapshots of MIND and the maps of their items",
      "`npm run data -- mind` says which files the clone lacks",
    );
  }
  const { sample } = experiment.preset.data;
  const own = sample ? await sampled(experiment, { first, second }, sample) : { first, second };
  const drawn = sample ? [`a sample of ${own.first.userIds.length} users (seed ${experiment.seed})`] : [];
  const dataset = { name: "MIND", interactions: own.first, catalogue, notes: [...notes, ...drawn] };
  return { dataset, second: { interactions: own.second, testItems, coldItems: zeroItems } };
}

/** Those that the teacher has a released profile of are in it whatever the draw. */
async function sampled(
  experiment: Experiment,
  snapshots: SnapshotPair,
  { users, leastPairs = 1, keep }: NonNullable<Preset["data"]["sample"]>,
): Promise<SnapshotPair> {
  const { userIds } = snapshots.first;
  const taught =
    experiment.preset.teacher === "released"
      ? (await readReleasedUserProfiles(cloneFolder(experiment), "mind", userIds)).profiles
      : [];
  const known = userIds.filter((_, user) => taught[user] !== undefined);
  return sampleSnapshots(snapshots, { users, leastPairs, keep: [...keep, ...known], seed: experiment.seed });
}

/** SHA-256 of the files that a data set is read from. */
export function sourceHash(experiment: Experiment): string {
  const { source } = experiment.preset.data;
  if (source === "synthetic") return "synthetic";
  if (source === "files") {
    const { interactions, items } = filesOf(experiment);
    return [interactions.file, items.file].map(namedFileHash).join(" ");
  }
  const files =
    source === "mind"
      ? mindFiles.map((name) => join(cloneFolder(experiment), "data", "mind", name))
      : movieLensFiles.map((name) => join(movieLensFolder(experiment), name));
  const remedy = "`npm run setup` fetches MovieLens, `npm run data -- mind` checks a clone of RecLM";
  return files.map((file) => hashOf(file, remedy)).join(" ");
}

/** SHA-256 of a file that a preset names. */
export function namedFileHash(file: string): string {
  return hashOf(file, "the preset names it");
}

function hashOf(file: string, remedy: string): string {
  if (existsSync(file)) return fileHashSync(file);
  throw new MissingInputError(file, remedy);
}

function filesOf({ preset }: Experiment): NonNullable<Preset["data"]["files"]> {
  const { files } = preset.data;
  if (!files) throw new RangeError(`Cannot read the data of ${preset.name}: its preset names no files`);
  return files;
}

const movieLensFiles = ["ml-100k.inter", "ml-100k.item"];
const mindFiles = [
  "trnMat_zero.pkl",
  "tstMat_zero_.pkl",
  "item_id_map_train.pkl",
  "item_id_map_test.pkl",
  "item_id_map_zero.pkl",
  "item_info_dict.pkl",
];

function movieLensFolder(experiment: Experiment): string {
  return join(experiment.paths.raw, "ml-100k");
}

/** The clone of the authors' repository: the one that RECLM_CLONE names, else the one that `npm run data` made. */
export function cloneFolder(experiment: Pick<Experiment, "paths">): string {
  const folder = cloneAtHand(experiment);
  if (folder !== undefined) return folder;
  throw new MissingInputError(
    "a clone of HKUDS/RecLM",
    `run \`npm run data -- mind\`, or set ${cloneVariable} to the folder of a clone`,
  );
}

/** The clone if there is one. */
export function cloneAtHand({ paths }: Pick<Experiment, "paths">): string | undefined {
  const named = process.env[cloneVariable];
  const folder = named === undefined || named === "" ? join(paths.raw, "RecLM") : named;
  return existsSync(join(folder, "data", "mind")) ? folder : undefined;
}

/** Keeps a data set and its second snapshot. */
export async function saveSource(folder: string, { dataset, second }: SourceData): Promise<void> {
  await saveDataset(folder, dataset);
  if (!second) return;
  const later = join(folder, "second");
  await saveDataset(later, { ...dataset, interactions: second.interactions });
  await writeNumbers(join(later, "test-items.i32"), second.testItems);
  await writeNumbers(join(later, "cold-items.i32"), second.coldItems);
}

/** Reads what `saveSource` kept. */
export async function loadSource(folder: string): Promise<SourceData> {
  const dataset = await loadDataset(folder);
  const later = join(folder, "second");
  if (!existsSync(later)) return { dataset };
  const { interactions } = await loadDataset(later);
  const testItems = await readInts(join(later, "test-items.i32"));
  const coldItems = await readInts(join(later, "cold-items.i32"));
  return { dataset, second: { interactions, testItems, coldItems } };
}
