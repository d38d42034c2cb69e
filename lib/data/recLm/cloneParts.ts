import { clonePath, type CloneFileKey, type RecLmName } from "./clone";
import { namelessItems, readCloneItems, type CloneItems } from "./items";
import { readIdMap } from "./mappings";
import { listPairs, matrixPairs, type ClonePairs, type CloneSource } from "./snapshots";

/** The files of pairs, each as it stands: nothing derived. */
export interface ClonePairFiles {
  readonly train?: ClonePairs;
  readonly trainLists?: ClonePairs;
  readonly test?: ClonePairs;
  readonly testLists?: ClonePairs;
  readonly zeroShot?: ClonePairs;
  readonly mask?: ClonePairs;
}

/** Sets of items, as ascending catalogue indices. */
export interface CloneItemSets {
  readonly trainItems?: Int32Array;
  readonly testItems?: Int32Array;
  readonly zeroItems?: Int32Array;
}

/** Everything that is read of a clone, where it is there. */
export interface CloneParts {
  readonly items: CloneItems;
  readonly pairs: ClonePairFiles;
  readonly sets: CloneItemSets;
}

type Found = (key: CloneFileKey) => boolean;

/** Reads the files that are found. A matrix is not read without the map of its columns. */
export async function readCloneParts(root: string, name: RecLmName, found: Found): Promise<CloneParts> {
  const map = async (key: CloneFileKey): Promise<readonly number[] | undefined> =>
    found(key) ? readIdMap(clonePath(root, name, key)) : undefined;
  const [train, test, zero] = [await map("trainMap"), await map("testMap"), await map("zeroMap")];
  const items = found("items")
    ? await readCloneItems(clonePath(root, name, "items"))
    : namelessItems([...(train ?? []), ...(test ?? []), ...(zero ?? [])]);
  const source: CloneSource = { root, name, items };
  const setOf = (key: CloneFileKey, ids: readonly number[] | undefined): Int32Array | undefined =>
    ids && Int32Array.from(ids, (id) => items.indexOf(clonePath(root, name, key), id)).sort();
  const sets = {
    trainItems: setOf("trainMap", train),
    testItems: setOf("testMap", test),
    zeroItems: setOf("zeroMap", zero),
  };
  const columns = { train, test, zeroShot: zero, mask: test };
  return { items, sets: defined(sets), pairs: await readPairs(source, found, columns) };
}

async function readPairs(
  source: CloneSource,
  found: Found,
  columns: Readonly<Record<"train" | "test" | "zeroShot" | "mask", readonly number[] | undefined>>,
): Promise<ClonePairFiles> {
  const matrix = async (key: keyof typeof columns): Promise<ClonePairs | undefined> => {
    const map = columns[key];
    return map && found(key) ? matrixPairs(source, key, map) : undefined;
  };
  const lists = async (key: "trainLists" | "testLists"): Promise<ClonePairs | undefined> =>
    found(key) ? listPairs(source, key) : undefined;
  return defined({
    train: await matrix("train"),
    trainLists: await lists("trainLists"),
    test: await matrix("test"),
    testLists: await lists("testLists"),
    zeroShot: await matrix("zeroShot"),
    mask: await matrix("mask"),
  });
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that have a value. */
function defined<T extends object>(record: T): Defined<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Defined<T>;
}
