// Expected values: test/reference/data/recLm_clone.py; those of the released data: the paper's Table 4, and counts by scipy.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { MissingInputError, type Csr } from "reclm/core";
import {
  coldItemsOfSecond,
  readRecLm,
  readRecLmFeatures,
  recLmSplit,
  statisticsOf,
  testCounts,
  testViewOf,
  type RecLmData,
} from "reclm/data";
import { cloneFolder, releasedClone, tinyClone } from "./recLmClone";
import { pairsOf } from "./toy";

const { expected } = tinyClone;

/** "user:global id", sorted as texts. */
const globalPairs = ({ catalogue }: RecLmData, csr: Csr): readonly string[] =>
  pairsOf(csr)
    .map((pair) => pair.split(":"))
    .map(([user, item]) => `${user}:${catalogue.item(Number(item)).id}`)
    .sort();
const globalIds = ({ catalogue }: RecLmData, items: Iterable<number>): readonly number[] =>
  Array.from(items, (item) => Number(catalogue.item(item).id));

test("a whole clone: snapshots, catalogue, candidates, mask and zero-shot pairs, all in global ids", async (context) => {
  const data = await readRecLm("mind", await cloneFolder(context));
  assert.deepEqual(globalIds(data, data.catalogue.indices()), expected.ids);
  assert.deepEqual(data.catalogue.item(5), {
    id: "9",
    title: "Nine holes",
    categories: ["sports", "golf"],
    abstract: "A day out.",
  });
  assert.deepEqual(data.catalogue.item(0), { id: "0", title: "Zero hour", categories: ["news"] });
  const split = recLmSplit(data);
  assert.deepEqual(globalPairs(data, split.train), [...expected.train].sort());
  assert.deepEqual(globalPairs(data, split.test), expected.test);
  assert.deepEqual(globalPairs(data, data.zeroShot!), expected.zeroShot);
  assert.deepEqual(globalPairs(data, testViewOf(split).zeroShot.positives), expected.zeroShot);
  assert.deepEqual(globalPairs(data, data.masked!), expected.mask);
  assert.deepEqual(globalIds(data, split.testItems), expected.testItems);
  assert.deepEqual(globalIds(data, split.coldItems), expected.zeroItems);
  assert.deepEqual(globalIds(data, split.warmItems), expected.trainItems);
  assert.deepEqual(
    data.checks.filter(({ what }) => !what.startsWith("Table 4")).map(({ holds }) => holds),
    [true, true, true, true, true],
  );
  assert.ok(data.checks.filter(({ what }) => what.startsWith("Table 4")).every(({ holds }) => !holds));
  assert.ok(data.files.filter(({ found }) => !found).every(({ path }) => path.endsWith("_dict_item.pkl")));
});

test("matrices and lists say the same, either alone; rows keep the lists' order", async (context) => {
  const whole = await readRecLm("mind", await cloneFolder(context));
  const lists = await readRecLm("mind", await cloneFolder(context, ["trnMat", "tstMat_zero_.pkl"]));
  const matrices = await readRecLm("mind", await cloneFolder(context, ["user_item_dict"]));
  for (const data of [lists, matrices]) {
    assert.deepEqual(data.first, whole.first);
    assert.deepEqual({ ...recLmSplit(data) }, { ...recLmSplit(whole) });
  }
  const ids = globalIds(whole, whole.first!.items);
  assert.deepEqual(
    Array.from(whole.first!.users, (user, row) => `${user}:${ids[row]}`),
    expected.train,
  );
});

test("what is missing is named, and what can go on does", async (context) => {
  const root = await cloneFolder(context, ["trnMat", "dict_train", "maskMat", "item_info"]);
  const data = await readRecLm("mind", root);
  assert.equal(data.first, undefined);
  assert.deepEqual(data.catalogue.item(1), { id: "2", title: "Item 2", categories: [] });
  assert.match(data.notes.join("; "), /texts of items are absent.*training pairs are absent/);
  assert.throws(
    () => recLmSplit(data),
    (error: unknown) =>
      error instanceof MissingInputError && /trnMat_zero\.pkl or .*user_item_dict_train/.test(error.message),
  );
  const split = coldItemsOfSecond(data, { seed: 1, validationShare: 0.5 });
  assert.match(split.name, /not the paper's protocol/);
  assert.deepEqual(globalPairs(data, split.test), expected.zeroShot);
  assert.deepEqual(globalPairs(data, split.train), ["0:4", "2:0"]);
  assert.deepEqual(split.validation.columns.length, 2);
  await assert.rejects(readRecLm("netflix", root), /Cannot find data\/netflix in .*RECLM_CLONE must be the root/);
  await assert.rejects(readRecLm("mind", ""), /Cannot find a clone of RecLM: .*RECLM_CLONE/);
  const bare = await cloneFolder(context, ["Mat_", "user_item_dict"]);
  await assert.rejects(readRecLm("mind", bare), /any file of pairs/);
});

test("content that is not of the layout is refused with file and place", async (context) => {
  const { files } = tinyClone;
  const refused = async (path: string, base64: string, reason: RegExp): Promise<void> => {
    const root = await cloneFolder(context, [], { [`data/mind/${path}`]: base64 });
    await assert.rejects(readRecLm("mind", root), (error: unknown) => {
      assert.ok(error instanceof SyntaxError, String(error));
      assert.ok(error.message.startsWith(`Cannot read ${join(root, "data/mind", path)}, `), error.message);
      assert.match(error.message, reason);
      return true;
    });
  };
  const pickle = (text: string): string => Buffer.from(text, "latin1").toString("base64");
  await refused("item_id_map_train.pkl", pickle("(I4\nI0\nI7\nI0\nd."), /item 7: item 4 has column 0 too/);
  await refused("item_id_map_train.pkl", pickle("(I4\nI5\nd."), /column 5 lies beyond 1 items/);
  await refused("item_id_map_zero.pkl", pickle("(Va\nI0\nd."), /key: a is no whole number/);
  await refused("item_info_dict.pkl", files["data/mind/user_item_dict_train.pkl"]!, /it is no dict/);
  await refused("user_item_dict_test.pkl", pickle("(I0\nI5\nd."), /user 0: it is no list/);
  await refused("user_item_dict_test.pkl", pickle("(I8\n(I5\nld."), /user 8: there are 1 users/);
  await refused("user_item_dict_test.pkl", pickle("(I0\n(I55\nld."), /item 55: it is not in the catalogue/);
  await refused("trnMat_zero.pkl", files["data/mind/tstMat_zero_shot.pkl"]!, /2 columns stand beside a map of 4 items/);
  await refused("trnMat_zero.pkl", files["data/mind/item_info_dict.pkl"]!, /it is no sparse matrix/);
  await refused(
    "trnMat_zero.pkl",
    pickle("cos\nsystem\n(Vecho\ntR."),
    /byte 0, opcode GLOBAL: the global "os\.system"/,
  );
});

test("the clone's arrays: rows by global id; a short or flat array is refused", async (context) => {
  const data = await readRecLm("mind", await cloneFolder(context));
  const features = await readRecLmFeatures(data);
  const near = (found: Float32Array, values: readonly number[]): void =>
    assert.deepEqual([...found], values.map(Math.fround));
  near(features.itemText!.data, expected.features);
  near(features.itemProfiles!.data, expected.itemProfiles);
  near(features.userProfiles!.data, expected.userProfiles);
  assert.deepEqual(await readRecLmFeatures(await readRecLm("mind", await cloneFolder(context, [".npy"]))), {});
  const path = "data/mind/item_original_features.npy";
  const short = await cloneFolder(context, [], {
    [path]: tinyClone.files["data/mind/user_profile/user_profile_embeddings.npy"]!,
  });
  await assert.rejects(readRecLmFeatures(await readRecLm("mind", short)), /it has 5 rows, none for id 5/);
});

const { root, skip } = releasedClone();

test("MIND: Table 4 exactly, every file agrees, and the settings count what scipy counts", { skip }, async () => {
  const data = await readRecLm("mind", root);
  assert.equal(data.checks.length, 11);
  assert.deepEqual(
    data.checks.filter(({ holds }) => !holds),
    [],
  );
  const split = recLmSplit(data);
  const { trainSparsity, testSparsity, snapshot: _, ...counts } = statisticsOf(split);
  assert.deepEqual(counts, {
    users: 57128,
    overlappingItems: 1020,
    trainItems: 2386,
    trainInteractions: 89734,
    testItems: 2461,
    testInteractions: 87974,
  });
  assert.deepEqual([trainSparsity.toFixed(3), testSparsity.toFixed(3)], ["99.934", "99.937"]);
  assert.deepEqual(testCounts(testViewOf(split)), {
    fullShot: { users: 56972, positives: 87974, candidates: 2461 },
    zeroShot: { users: 20394, positives: 25928, candidates: 1441 },
  });
  assert.equal(new Set(pairsOfUsers(split.train)).size, 15173);
});

/** Each user's training items as a text. */
function pairsOfUsers({ rows, starts, columns }: Csr): readonly string[] {
  return Array.from({ length: rows }, (_, user) => columns.subarray(starts[user], starts[user + 1]).join());
}

test("Netflix: what its released files allow, labelled", { skip }, async () => {
  const data = await readRecLm("netflix", root);
  assert.ok(data.checks.filter(({ what }) => what.startsWith("Table 4")).every(({ holds }) => holds));
  // The authors left 202 of the 2,181 new items out of the zero-shot candidates: those without a test pair.
  const odd = data.checks.filter(({ holds }) => !holds);
  assert.deepEqual(odd, [
    {
      what: "zero-shot items, and test items that are not train items",
      expected: "1,979",
      found: "2,181",
      holds: false,
    },
  ]);
  const split = coldItemsOfSecond(data, { seed: 1 });
  assert.deepEqual(
    [split.train.columns.length, split.warmItems.length, split.test.columns.length, split.coldItems.length],
    [1149765, 6203, 157286, 1979],
  );
});
