import assert from "node:assert/strict";
import { test } from "node:test";
import { hasEntry } from "reclm/core";
import { profileText, type Profile } from "reclm/data";
import { rulesTeacher } from "reclm/profiles";
import {
  isComplete,
  itemLine,
  plainTitle,
  preferencePairs,
  rejectedKinds,
  rejectedShares,
  shownNeighbours,
  userProfilePrompt,
  type PreferenceOptions,
  type PreferencePair,
  type RejectedKind,
} from "reclm/prompts";
import { movieLens, movieLensMissing, type MovieLens } from "./movieLens";

const limits = { targetItems: 8, neighbourItems: 4 };

/** Users in a ring, each similar to the next three; a profile names its user. */
function ring(count: number, seed: number): PreferenceOptions {
  const users = Array.from({ length: count }, (_, user) => user);
  return {
    users,
    promptOf: (user) => [{ role: "user", content: `user ${user}` }],
    profileOf: (user): Profile => ({ identity: [`i${user}`, "b; c", "d"], interests: ["e", "f", `g${user}`] }),
    similarUsersOf: (user) => [1, 2, 3].map((step) => (user + step) % count),
    seed,
  };
}

function only(kind: RejectedKind): Record<RejectedKind, number> {
  const none = Object.fromEntries(rejectedKinds.map((entry) => [entry.kind, 0])) as Record<RejectedKind, number>;
  return { ...none, [kind]: 1 };
}

test("each kind of rejected answer is written as the authors write it", () => {
  const own = "User identity: [i0], [b; c], [d]; User interests: [e], [f], [g0].";
  const next = "User identity: [i1], [b; c], [d]; User interests: [e], [f], [g1].";
  const options = { ...ring(5, 1), users: [0], similarUsersOf: () => [1] };
  const written = rejectedKinds.map(({ kind }) => {
    const { pairs } = preferencePairs({ ...options, shares: only(kind) });
    assert.deepEqual([pairs.length, pairs[0]!.kind, pairs[0]!.chosen], [1, kind, own]);
    return pairs[0]!.rejected;
  });
  assert.deepEqual(written, [
    next,
    `${own}\n${next}`,
    "User identity: [i0], [b; c], [d]",
    "User identity: [i0], [b; c], [d][i0], [b; c], [d]",
    "User identity: ",
    ".",
  ]);
});

test("shares of kinds lie within four standard deviations of the authors', whatever the seed", () => {
  assert.deepEqual(rejectedShares, {
    "similar user": 0.3,
    "own and similar user": 0.3,
    "identity half": 0.1,
    "identity half twice": 0.1,
    "bare label": 0.1,
    "full stop": 0.1,
  });
  for (const seed of [1, 2, 3, 4, 5]) {
    const { pairs } = preferencePairs({ ...ring(1500, seed), pairsPerUser: 2 });
    assert.equal(pairs.length, 3000);
    for (const { kind, share } of rejectedKinds) {
      const count = pairs.filter((pair) => pair.kind === kind).length;
      const deviation = Math.sqrt(3000 * share * (1 - share));
      assert.ok(Math.abs(count - 3000 * share) < 4 * deviation, `seed ${seed}: ${count} of kind "${kind}"`);
    }
    // Every similar user is drawn about as often as the others.
    const steps = pairs
      .filter(({ kind }) => kind === "similar user")
      .map(({ user, rejected }) => (Number(/\[i(\d+)\]/u.exec(rejected)![1]) - user + 1500) % 1500);
    for (const step of [1, 2, 3]) {
      const count = steps.filter((other) => other === step).length;
      const deviation = Math.sqrt((steps.length * 2) / 9);
      assert.ok(Math.abs(count - steps.length / 3) < 4 * deviation, `seed ${seed}: ${count} of step ${step}`);
    }
  }
});

test("a pair depends on its user, number and seed alone", () => {
  const options = ring(200, 7);
  const all = preferencePairs({ ...options, pairsPerUser: 3 }).pairs;
  assert.equal(new Set(all.map(({ id }) => id)).size, 600);
  assert.deepEqual(
    preferencePairs({ ...options, users: options.users.slice().reverse() })
      .pairs.slice()
      .reverse(),
    all.filter(({ id }) => id.endsWith("-1")),
  );
  const kinds = (pairs: readonly PreferencePair[]): string => pairs.map(({ kind }) => kind).join();
  assert.notEqual(kinds(preferencePairs({ ...ring(200, 8), pairsPerUser: 3 }).pairs), kinds(all));
  assert.notEqual(kinds(all.filter(({ id }) => id.endsWith("-1"))), kinds(all.filter(({ id }) => id.endsWith("-2"))));
});

test("a similar user's profile that equals the chosen one is never used; pairs left without one are named", () => {
  const options = ring(60, 3);
  const same: Profile = { identity: ["a", "b", "c"], interests: ["d", "e", "f"] };
  // Among the three that follow, only users divisible by 10 differ.
  const profileOf = (user: number): Profile => (user % 10 === 0 ? options.profileOf(user)! : same);
  const { pairs, unable } = preferencePairs({ ...options, profileOf, pairsPerUser: 20 });
  assert.ok(pairs.every(({ chosen, rejected }) => chosen !== rejected));
  assert.ok(pairs.every(({ chosen, rejected }) => rejected !== `${chosen}\n${chosen}`));
  assert.equal(pairs.length + unable.length, 1200);
  assert.ok(unable.length > 0);
  for (const { user, reason } of unable) {
    assert.ok(user % 10 >= 1 && user % 10 <= 6, `user ${user} has a similar user who differs`);
    assert.equal(reason, "no similar user has a profile that differs");
  }
  // Listed as similar to themselves, or to nobody with a profile.
  const alone = { ...options, shares: only("similar user") };
  assert.equal(preferencePairs({ ...alone, similarUsersOf: (user) => [user] }).pairs.length, 0);
  assert.equal(preferencePairs({ ...alone, similarUsersOf: () => [] }).unable.length, 60);
});

test("users without a prompt or a profile are named, and bad requests refused", () => {
  const options = { ...ring(3, 1), users: [0, 1] };
  const made = preferencePairs({
    ...options,
    promptOf: (user) => (user === 0 ? undefined : [{ role: "user", content: "x" }]),
    profileOf: () => undefined,
  });
  assert.deepEqual(made, {
    pairs: [],
    unable: [
      { id: "pair 0-1", user: 0, reason: "nothing to show in a prompt" },
      { id: "pair 1-1", user: 1, reason: "no profile to choose" },
    ],
  });
  assert.deepEqual(preferencePairs({ ...options, users: [] }), { pairs: [], unable: [] });
  assert.throws(() => preferencePairs({ ...options, users: [1, 1] }), /user 1 is listed twice/);
  assert.throws(() => preferencePairs({ ...options, pairsPerUser: 0 }), RangeError);
  assert.throws(() => preferencePairs({ ...options, shares: { ...rejectedShares, "full stop": 0.2 } }), /add up to 1/);
  assert.throws(() => preferencePairs({ ...options, shares: { ...only("full stop"), "bare label": NaN } }), RangeError);
});

test("MovieLens 100K: no prompt and no answer holds a validation or test pair", (t) => {
  const data = movieLens();
  if (!data) return t.skip(movieLensMissing);
  const { pairs, unable, similarUsersOf } = movieLensPairs(data);
  assert.equal(pairs.length + unable.length, data.histories.length);
  assert.ok(pairs.length > 900, `${pairs.length} pairs`);
  const lineOf = (item: number): string => `- ${itemLine(data.source.items.item(item))}`;
  const training = data.histories.map((history) => new Set(Array.from(history, lineOf)));
  for (const pair of pairs) {
    const users = [pair.user, ...similarUsersOf(pair.user)];
    const blocks = pair.messages[1]!.content.split(/User \d+[^:\n]* liked:\n/u).slice(1);
    assert.equal(blocks.length, users.length);
    users.forEach((user, at) => {
      const shown = blocks[at]!.split("\n").filter((line) => line.startsWith("- "));
      assert.ok(shown.length > 0);
      for (const line of shown) assert.ok(training[user]!.has(line), `${line} is no training item of user ${user}`);
    });
    for (const answer of [pair.chosen, pair.rejected]) assertTitlesKnown(data, answer, users);
    assert.ok(isComplete(pair.chosen));
    assert.notEqual(pair.chosen, pair.rejected);
  }
  // Held-out pairs exist, so that one could have been shown.
  assert.ok(data.known.columns.length > data.train.columns.length);
});

test("MovieLens 100K: the prompt is the one of inference, and answers come from the users that it shows", (t) => {
  const data = movieLens();
  if (!data) return t.skip(movieLensMissing);
  const { pairs, similarUsersOf, promptOf, profileOf } = movieLensPairs(data);
  for (const { user, kind, messages, chosen, rejected } of pairs) {
    assert.deepEqual(messages, promptOf(user));
    assert.equal(chosen, profileText(profileOf(user)!));
    if (kind !== "similar user") continue;
    const shown = similarUsersOf(user).map((other) => profileText(profileOf(other)!));
    assert.ok(shown.includes(rejected), `pair of user ${user}`);
  }
});

interface MovieLensPairs extends ReturnType<typeof preferencePairs> {
  readonly promptOf: PreferenceOptions["promptOf"];
  readonly profileOf: PreferenceOptions["profileOf"];
  readonly similarUsersOf: PreferenceOptions["similarUsersOf"];
}

function movieLensPairs(data: MovieLens): MovieLensPairs {
  const { source, histories, neighbours } = data;
  const teacher = rulesTeacher(source);
  const similarUsersOf = (user: number): readonly number[] => shownNeighbours(neighbours, histories, user, 2);
  const promptOf = (user: number): ReturnType<typeof userProfilePrompt> | undefined => {
    const history = histories[user]!;
    if (history.length === 0) return undefined;
    return userProfilePrompt(source, { history, neighbours: similarUsersOf(user) }, limits);
  };
  const profileOf = (user: number): Profile | undefined => teacher.profileOf(user, histories[user]!);
  const users = histories.map((_, user) => user);
  return {
    ...preferencePairs({ users, promptOf, profileOf, similarUsersOf, seed: 1 }),
    promptOf,
    profileOf,
    similarUsersOf,
  };
}

/** Films that an answer names are training items of a user that the prompt shows. */
function assertTitlesKnown(data: MovieLens, answer: string, users: readonly number[]): void {
  for (const [, title] of answer.matchAll(/\[films like ([^\]]+)\]/gu)) {
    const known = users.some((user) =>
      Array.from(data.histories[user]!).some(
        (item) => plainTitle(data.source.items.item(item)) === title && hasEntry(data.train, user, item),
      ),
    );
    assert.ok(known, `"${title}" is no training item of users ${users.join(", ")}`);
  }
}
