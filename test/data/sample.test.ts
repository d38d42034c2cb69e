import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  Catalogue,
  positives,
  readRecBole,
  sampleDataset,
  selectRows,
  type Dataset,
  type SampleOptions,
} from "reclm/data";
import { pathsOfClone, presetOf } from "reclm/experiment";
import { interactionsOf, type Row } from "./toy";

/**
 * Items 0..39; each user likes ten in a row from its own first one, but user 7 only nine, and gave item 30 + user one star.
 * Items are called "i<index>", users "u<index>".
 */
function dataset(firsts: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7]): Dataset {
  const rows: Row[] = [];
  const ratings: number[] = [];
  firsts.forEach((first, user) => {
    for (let n = 0; n < (user === 7 ? 9 : 10); n++) {
      rows.push([user, first + n, 100 * user + n]);
      ratings.push(4 + (n % 2));
    }
    rows.push([user, 30 + user, 99]);
    ratings.push(1);
  });
  const interactions = { ...interactionsOf(firsts.length, 40, rows), ratings: Float32Array.from(ratings) };
  const items = interactions.itemIds.map((id) => ({ id, title: `Title of ${id}`, categories: [] }));
  return { name: "toy", interactions, catalogue: Catalogue.of(items), notes: ["first note"] };
}

const options = { users: 4, items: 12, seed: 1, minRating: 4 };

/** "user item rating time" by name, one a row. */
function rowsOf({ interactions }: Dataset): readonly string[] {
  const { users, items, ratings, times, userIds, itemIds } = interactions;
  return Array.from(
    users,
    (user, row) => `${userIds[user]} ${itemIds[items[row]!]} ${ratings![row]} ${times![row]}`,
  ).sort();
}

test("positives are ratings at or above the threshold, all pairs where there are no ratings", () => {
  const { interactions } = dataset();
  const liked = positives(interactions, { minRating: 5 });
  assert.equal(liked.users.length, 7 * 5 + 4);
  assert.ok(liked.ratings!.every((rating) => rating === 5));
  assert.equal(positives(interactions, { minRating: 4 }).users.length, 79);
  const { ratings: _, ...implicit } = interactions;
  assert.equal(positives(implicit, { minRating: 5 }).users.length, 87);
  const none = selectRows(interactions, () => false);
  assert.deepEqual([none.users.length, none.times!.length, none.userIds.length], [0, 0, 8]);
});

test("a rating equal to the threshold is positive where neither is a whole number", () => {
  const rows: Row[] = [3.2, 3.3, 3.4].map((_, item) => [0, item, item]);
  const rated = { ...interactionsOf(1, 3, rows), ratings: Float32Array.of(3.2, 3.3, 3.4) };
  assert.deepEqual([...positives(rated, { minRating: 3.3 }).items], [1, 2]);
});

test("a sample is drawn among users with ten positives, then takes their most liked items", () => {
  const whole = dataset();
  const drawn = new Set<string>();
  for (let seed = 0; seed < 30; seed++) {
    const { interactions, catalogue } = sampleDataset(whole, { ...options, seed });
    assert.equal(interactions.userIds.length, 4);
    interactions.userIds.forEach((id) => drawn.add(id));
    // How many of the chosen users like each item, by hand: user u likes u..u+9.
    const chosen = interactions.userIds.map((id) => Number(id.slice(1)));
    const likes = (item: number): number => chosen.filter((user) => item >= user && item < user + 10).length;
    const ranked = Array.from({ length: 40 }, (_, item) => item).sort((a, b) => likes(b) - likes(a) || a - b);
    const expected = ranked.slice(0, 12).filter((item) => likes(item) > 0);
    assert.deepEqual(
      interactions.itemIds,
      expected.sort((a, b) => a - b).map((item) => `i${item}`),
    );
    assert.equal(catalogue.size, interactions.itemIds.length);
  }
  assert.deepEqual([...drawn].sort(), ["u0", "u1", "u2", "u3", "u4", "u5", "u6"], "never u7, who has nine");
});

test("what remains keeps its ratings, times and names, under dense indices", () => {
  const whole = dataset();
  const sample = sampleDataset(whole, { ...options, items: 40 });
  const { userIds, itemIds } = sample.interactions;
  const expected = rowsOf(whole).filter((row) => {
    const [user, item] = row.split(" ");
    return userIds.includes(user!) && itemIds.includes(item!);
  });
  assert.ok(expected.length >= 40);
  assert.deepEqual(rowsOf(sample), expected);
  assert.deepEqual([...new Set(sample.interactions.users)].sort(), [0, 1, 2, 3]);
  sample.catalogue.indices().forEach((at) => assert.equal(sample.catalogue.item(at).id, itemIds[at]));
  assert.deepEqual(sample.notes, ["first note", `a sample of 4 users and ${itemIds.length} items (seed 1)`]);
});

test("the same seed draws the same sample, another one another; users to keep are in each", () => {
  const whole = dataset();
  assert.deepEqual(sampleDataset(whole, options).interactions, sampleDataset(whole, options).interactions);
  const draws = new Set<string>();
  for (let seed = 0; seed < 10; seed++) {
    const { userIds } = sampleDataset(whole, { ...options, seed, keep: ["u5", "u0"] }).interactions;
    assert.ok(userIds.includes("u5") && userIds.includes("u0") && userIds.length === 4);
    draws.add(userIds.join());
  }
  assert.ok(draws.size > 1);
});

test("users who cannot be kept are named, with the reason", () => {
  const keeping =
    (keep: readonly string[], change: Partial<SampleOptions> = {}) =>
    () =>
      sampleDataset(dataset([0, 1, 2, 3, 4, 5, 6, 7, 20]), { ...options, ...change, keep });
  const refused = (reasons: string) => ({
    name: "RangeError",
    message: `Cannot keep users in the sample: ${reasons}`,
  });
  const unknown = `"nobody" is no user of the data; "u9" is no user of the data`;
  assert.throws(keeping(["nobody", "u0", "u9"]), refused(unknown));
  assert.throws(keeping(["u0", "u7"]), refused(`"u7" has 9 positives, at least 10 are needed`));
  // Of the ten items that most of the three like, none is among 20 to 29 or 38.
  assert.throws(keeping(["u0", "u1", "u8"], { users: 3, items: 10 }), refused(`"u8" has none of the 10 items`));
});

const movieLens = join(pathsOfClone().raw, "ml-100k");
const skip = existsSync(movieLens) ? false : "data/raw/ml-100k is absent: npm run setup fetches it";

test("MovieLens: the user whom the preset keeps can be kept", { skip }, async () => {
  const { sample, minRating } = presetOf("quick").data;
  const { items, ...rest } = sample!;
  const { interactions } = sampleDataset(await readRecBole(movieLens), { ...rest, items: items!, minRating, seed: 1 });
  assert.ok(interactions.userIds.includes("49"));
});

test("users whose items are all left out are dropped, and the note counts who is left", () => {
  const { interactions, notes } = sampleDataset(dataset([0, 0, 20]), { ...options, users: 3, items: 10 });
  assert.deepEqual(interactions.userIds, ["u0", "u1"]);
  assert.deepEqual([...new Set(interactions.users)], [0, 1]);
  assert.equal(notes.at(-1), "a sample of 2 users and 10 items (seed 1)");
});

test("an impossible sample is refused", () => {
  const whole = dataset();
  for (const wrong of [{ users: 0 }, { items: 0 }, { items: NaN }])
    assert.throws(() => sampleDataset(whole, { ...options, ...wrong }), RangeError);
  assert.throws(() => sampleDataset(whole, { ...options, users: 1, keep: ["u1", "u2"] }), /Cannot keep 2 users/);
});
