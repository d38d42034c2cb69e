// The tiny clone: test/reference/data/recLm_clone.py. Counts of the released profiles: Python's csv and pickle.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  readReleasedItemProfiles,
  readReleasedUserProfiles,
  replayItemTeacher,
  replayTeacher,
  releasedWriter,
} from "reclm/profiles";
import { readRecLm } from "reclm/data";
import { cloneFolder, releasedClone } from "../data/recLmClone";

const userIds = ["0", "1", "2", "3", "4"];
const golf = { identity: ["Golf fan", "Reader", "Viewer"], interests: ["Golf", "News", "Films"] };

test("user profiles from the CSV, or from the Arrow stream where it is absent", async (context) => {
  const csv = await readReleasedUserProfiles(await cloneFolder(context), "mind", userIds);
  const arrow = await readReleasedUserProfiles(await cloneFolder(context, [".csv"]), "mind", userIds);
  assert.equal(csv.source, "sft_data/mind/mind_fine_tune.csv");
  assert.match(arrow.source, /mind_hf/);
  for (const { profiles, unusable, unknownIds } of [csv, arrow]) {
    assert.deepEqual(profiles, [undefined, undefined, undefined, golf, undefined]);
    assert.deepEqual(
      unusable.map(({ id }) => id),
      ["0"],
    );
    assert.deepEqual(unknownIds, []);
  }
  const teacher = replayTeacher(releasedWriter, csv.profiles);
  assert.deepEqual(teacher.profileOf(3, []), golf);
  assert.deepEqual((await readReleasedUserProfiles(await cloneFolder(context), "mind", ["7"])).unknownIds, ["3", "0"]);
});

test("item profiles by global id, as a teacher", async (context) => {
  const root = await cloneFolder(context);
  const { profiles, source } = await readReleasedItemProfiles(root, "mind", ["0", "7"]);
  assert.equal(source, "data/mind/gpt_output_dict_item_side_filter.pkl");
  const teacher = replayItemTeacher(releasedWriter, profiles);
  assert.equal(teacher.profileOf(0, []), undefined);
  assert.deepEqual(teacher.profileOf(1, [])?.interests, ["Night", "News", "Films"]);
});

test("absent and broken files are named", async (context) => {
  const root = await cloneFolder(context, ["sft_data", "gpt_output"]);
  await assert.rejects(
    readReleasedUserProfiles(root, "mind", []),
    /Cannot find sft_data\/mind\/mind_fine_tune\.csv or /,
  );
  await assert.rejects(readReleasedItemProfiles(root, "mind", []), /item_side_instruction_data\.csv or /);
  const csv = await cloneFolder(context);
  const file = join(csv, "sft_data/mind/mind_fine_tune.csv");
  await writeFile(file, "UID,Response\n1\n");
  await assert.rejects(readReleasedUserProfiles(csv, "mind", []), /line 2, field row: 1 fields instead of 2/);
  await writeFile(file, "user,text\n1,a\n");
  await assert.rejects(readReleasedUserProfiles(csv, "mind", []), /line 1, field header: columns UID and Response/);
  const arrow = await cloneFolder(context, [".csv"]);
  await writeFile(join(arrow, "sft_data/mind/mind_hf/data-00000-of-00001.arrow"), "nothing");
  await assert.rejects(readReleasedUserProfiles(arrow, "mind", []), /Cannot read .*arrow: /);
});

const { root, skip } = releasedClone();

test("the released profiles of both data sets are read", { skip }, async () => {
  for (const [name, users, items] of [
    ["mind", 1694, 892],
    ["netflix", 1530, 1071],
  ] as const) {
    const { second } = await readRecLm(name, root);
    const byUsers = await readReleasedUserProfiles(root, name, second!.userIds);
    const byItems = await readReleasedItemProfiles(root, name, second!.itemIds);
    for (const [read, count] of [
      [byUsers, users],
      [byItems, items],
    ] as const) {
      assert.deepEqual(read.unknownIds, []);
      assert.equal(read.profiles.filter(Boolean).length + read.unusable.length, count);
    }
    assert.ok(byUsers.unusable.length <= 8 && byItems.unusable.length === 0);
  }
});
