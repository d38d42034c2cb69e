// Expected values: test/reference/recommenders/neighbours_numpy.py (numpy's full ranking); MIND's 15,173 histories: counted by Python.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { csrOfPairs, gatherRows, matrixOf, prngOf, randomNormal, type Csr } from "reclm/core";
import { csrOfRows, equalHistories, neighboursOf, readRecLm, recLmSplit } from "reclm/data";
import { mostSimilarHistories, mostSimilarUsers } from "reclm/recommenders";
import { releasedClone } from "../../data/recLmClone";

interface Reference {
  readonly width: number;
  readonly k: number;
  readonly items: number;
  readonly kinds: readonly number[];
  readonly kindOf: readonly number[];
  readonly neighbours: readonly (readonly number[])[];
  readonly histories: readonly (readonly number[])[];
  readonly groups: number;
  readonly byHistory: readonly (readonly number[])[];
}

const file = join(__dirname, "../../../../test/reference/recommenders/neighbours_numpy.json");
const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;
const { width, k, kindOf } = reference;
const kinds = matrixOf(reference.kinds.length / width, width, Float32Array.from(reference.kinds));
const vectors = gatherRows(kinds, kindOf);
const histories = csrOfRows(reference.histories, reference.items);
const users = Array.from(kindOf.keys());

test("1,100 users, most of them alike to others: numpy's ranking, ties by the lower user, never the user", async () => {
  const found = await mostSimilarUsers(vectors, k);
  for (const user of users) {
    assert.deepEqual(neighboursOf(found, user), reference.neighbours[user], `user ${user}`);
    const scores = found.scores.subarray(user * k, (user + 1) * k);
    assert.ok(scores.every((score, at) => at === 0 || score <= scores[at - 1]!));
  }
  assert.deepEqual(await mostSimilarUsers(vectors, k), found);
});

test("by history: numpy's ranking of mean vectors; equal histories have equal neighbours, with another history", async () => {
  const found = await mostSimilarHistories(vectors, histories, k);
  assert.equal(equalHistories(histories).firstUsers.length, reference.groups);
  for (const user of users) assert.deepEqual(neighboursOf(found, user), reference.byHistory[user], `user ${user}`);
  const textOf = (user: number): string => reference.histories[user]!.join();
  const listOf = new Map<string, string>();
  for (const user of users) {
    const list = neighboursOf(found, user);
    assert.equal(listOf.get(textOf(user)) ?? list.join(), list.join());
    listOf.set(textOf(user), list.join());
    assert.ok(list.every((other) => textOf(other) !== textOf(user) && textOf(other) !== ""));
  }
});

test("equal histories: groups in order of their first user, users without any item in none", () => {
  const { groupOf, firstUsers } = equalHistories(csrOfRows([[3, 1], [], [2], [1, 3], [2], [1]], 4));
  assert.deepEqual([...groupOf], [0, -1, 1, 0, 1, 2]);
  assert.deepEqual([...firstUsers], [0, 2, 5]);
  // Items 1 and 2 are not item 12.
  assert.equal(equalHistories(csrOfRows([[1, 2], [12]], 13)).firstUsers.length, 2);
});

test("limits: no user, one history, fewer than k, bad numbers, an interrupt between tiles", async () => {
  assert.equal((await mostSimilarUsers(matrixOf(0, 4), 3)).users.length, 0);
  const same: Csr = csrOfPairs(3, 2, [0, 1, 2], [1, 1, 1]);
  const lone = await mostSimilarHistories(matrixOf(3, 2, Float32Array.of(1, 0, 0, 1, 1, 1)), same, 2);
  assert.deepEqual([...lone.users, ...lone.scores], [-1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0]);
  await assert.rejects(mostSimilarUsers(matrixOf(2, 2, Float32Array.of(1, 2, NaN, 0)), 1), /row 1 holds NaN/);
  await assert.rejects(mostSimilarUsers(matrixOf(2, 2), 1.5), RangeError);
  await assert.rejects(mostSimilarHistories(matrixOf(2, 2), same, 1), /3 histories stand beside 2 vectors/);
  const stop = new AbortController();
  const seen: number[] = [];
  const stopped = mostSimilarUsers(vectors, k, {
    signal: stop.signal,
    progress: ({ done }) => {
      seen.push(done);
      stop.abort(new Error("enough"));
    },
  });
  await assert.rejects(stopped, /enough/);
  assert.deepEqual(seen, [256]);
});

const { root, skip } = releasedClone();

test("MIND: 57,128 users have 15,173 histories; by history, equal ones have equal neighbours", { skip }, async () => {
  const { train } = recLmSplit(await readRecLm("mind", root));
  const { groupOf, firstUsers } = equalHistories(train);
  assert.deepEqual([groupOf.length, firstUsers.length], [57128, 15173]);
  const prng = prngOf(1, "user vectors");
  const vectors = matrixOf(
    57128,
    8,
    Float32Array.from({ length: 57128 * 8 }, () => randomNormal(prng)),
  );
  const found = await mostSimilarHistories(vectors, train, 3);
  for (let user = 0; user < groupOf.length; user++) {
    const first = firstUsers[groupOf[user]!]!;
    const list = neighboursOf(found, user);
    assert.deepEqual(list, neighboursOf(found, first));
    assert.ok(list.length === 3 && !list.some((other) => groupOf[other] === groupOf[user]));
  }
});
