import { csrOfPairs, MissingInputError, type Csr } from "../../core";
import type { Catalogue } from "../catalogue";
import type { Interactions } from "../interactions";
import { agreementChecks } from "./agreement";
import { cloneFiles, recLmClone, type CloneFile, type CloneFileKey, type RecLmName } from "./clone";
import { readCloneParts, type CloneItemSets, type CloneParts } from "./cloneParts";
import { interactionsOfPairs, type ClonePairs } from "./snapshots";
import { table4Checks, type Check, type Table4Counts } from "./table4";

/** What a clone has of one data set; sets of items are ascending catalogue indices. */
export interface RecLmData extends CloneItemSets {
  readonly name: RecLmName;
  readonly root: string;
  readonly files: readonly CloneFile[];
  readonly catalogue: Catalogue;
  /** The first snapshot: training. Absent where its files are. */
  readonly first?: Interactions;
  /** The second snapshot: test. */
  readonly second?: Interactions;
  /** [U, I] the released zero-shot test pairs. */
  readonly zeroShot?: Csr;
  /** [U, I] the released mask: training pairs of the test catalogue. */
  readonly masked?: Csr;
  /** Table 4, and whether the files agree with each other. */
  readonly checks: readonly Check[];
  /** What the reader of results should know. */
  readonly notes: readonly string[];
}

/**
 * One data set of a clone of HKUDS/RecLM (`RECLM_CLONE`, or the folder given), with whatever of its files is there.
 *
 * Training and test pairs are those of the matrices that the authors' code reads, else those of the lists; columns become items
 * by the values of the maps. Users are 0 to U - 1, items the global ids in ascending order. Throws a MissingInputError where
 * there is no clone or no file of pairs, a SyntaxError that names file and place for content that is not of the layout.
 *
 * @example
 * const mind = await readRecLm("mind");
 * const split = recLmSplit(mind);
 */
export async function readRecLm(name: RecLmName, folder?: string): Promise<RecLmData> {
  const root = await recLmClone(name, folder);
  const files = await cloneFiles(root, name);
  const found = (key: CloneFileKey): boolean => files.get(key)!.found;
  const parts = await readCloneParts(root, name, found);
  const { pairs, sets, items } = parts;
  const { catalogue } = items;
  const itemIds = catalogue.indices().map((index) => catalogue.item(index).id);
  const [train, test] = [pairs.train ?? pairs.trainLists, pairs.test ?? pairs.testLists];
  if (!train && !test)
    throw new MissingInputError(`any file of pairs in ${root}, data/${name}`, "the clone is incomplete");
  const csr = ({ userCount, users, items }: ClonePairs): Csr => csrOfPairs(userCount, catalogue.size, users, items);
  return {
    name,
    root,
    files: [...files.values()],
    catalogue,
    ...sets,
    ...(train ? { first: interactionsOfPairs(train, itemIds) } : {}),
    ...(test ? { second: interactionsOfPairs(test, itemIds) } : {}),
    ...(pairs.zeroShot ? { zeroShot: csr(pairs.zeroShot) } : {}),
    ...(pairs.mask ? { masked: csr(pairs.mask) } : {}),
    checks: [...table4Checks(name, countsOf(parts)), ...agreementChecks(pairs, sets, catalogue.size)],
    notes: notesOf(name, parts, found),
  };
}

function countsOf({ pairs, sets }: CloneParts): Partial<Table4Counts> {
  const { trainItems, testItems } = sets;
  const [train, test] = [pairs.train ?? pairs.trainLists, pairs.test ?? pairs.testLists];
  const trained = new Set(trainItems);
  return {
    users: (train ?? test)!.userCount,
    ...(trainItems && testItems ? { overlappingItems: testItems.filter((item) => trained.has(item)).length } : {}),
    ...(trainItems ? { trainItems: trainItems.length } : {}),
    ...(train ? { trainInteractions: train.users.length } : {}),
    ...(testItems ? { testItems: testItems.length } : {}),
    ...(test ? { testInteractions: freshPairs(pairs.test ? undefined : train, test) } : {}),
  };
}

/** Pairs of the test that training has not; all of them where training is not given. */
function freshPairs(train: ClonePairs | undefined, test: ClonePairs): number {
  if (!train) return test.users.length;
  const width = 2 ** 26;
  const trained = new Set(Array.from(train.users, (user, row) => user * width + train.items[row]!));
  return test.users.filter((user, row) => !trained.has(user * width + test.items[row]!)).length;
}

function notesOf(
  name: RecLmName,
  { pairs, sets }: CloneParts,
  found: (key: CloneFileKey) => boolean,
): readonly string[] {
  const { testItems } = sets;
  const rated = new Set((pairs.test ?? pairs.testLists)?.items ?? []);
  const unrated = testItems?.filter((item) => !rated.has(item)).length ?? 0;
  return [
    `snapshots of HKUDS/RecLM, data/${name}; pairs have no times`,
    ...(found("items") ? [] : ["texts of items are absent: items are called by their numbers"]),
    ...(pairs.train || pairs.trainLists ? [] : ["training pairs are absent: the paper's split cannot be made"]),
    ...(pairs.test || pairs.testLists ? [] : ["test pairs are absent: the paper's split cannot be made"]),
    ...(unrated > 0 ? [`items of the test catalogue without a test pair: ${unrated} of ${testItems!.length}`] : []),
  ];
}
