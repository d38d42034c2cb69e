import assert from "node:assert/strict";
import { test } from "node:test";
import { ablatedUsers, presetOf, type Preset } from "reclm/experiment";
import { randomInteractions } from "../../data/toy";

const smoke = presetOf("smoke");
const interactions = randomInteractions(1);
/** Every third user has no history. */
const histories = interactions.userIds.map((_, user) => Int32Array.from(user % 3 === 0 ? [] : [1, 2]));
const data = { histories, interactions };

function asking(users: number, keep: readonly string[] = []): Preset {
  return {
    ...smoke,
    data: { ...smoke.data, sample: { users: 10, keep } },
    ablation: { ...smoke.ablation, users },
  };
}

test("all users are compared unless the preset asks for fewer", () => {
  const all = ablatedUsers({ preset: smoke, seed: 1 }, data);
  assert.deepEqual(all, Array.from(histories.keys()));
});

test("fewer are drawn by seed from those with a history, in order", () => {
  const drawn = ablatedUsers({ preset: asking(4), seed: 1 }, data);
  assert.equal(drawn.length, 4);
  assert.deepEqual(
    drawn,
    [...new Set(drawn)].sort((a, b) => a - b),
  );
  assert.ok(drawn.every((user) => histories[user]!.length > 0));
  assert.deepEqual(ablatedUsers({ preset: asking(4), seed: 1 }, data), drawn);
  const others = [2, 3, 4].map((seed) => ablatedUsers({ preset: asking(4), seed }, data).join());
  assert.ok(others.some((other) => other !== drawn.join()));
  const able = histories.filter((history) => history.length > 0).length;
  assert.equal(ablatedUsers({ preset: asking(10_000), seed: 1 }, data).length, able);
});

test("whom the sample keeps is among them, whatever the draw", () => {
  const kept = histories.length - 1 - [...histories].reverse().findIndex(({ length }) => length > 0);
  for (const seed of [1, 2, 3]) {
    const [only, ...more] = ablatedUsers({ preset: asking(1, [interactions.userIds[kept]!]), seed }, data);
    assert.equal(only, kept);
    assert.equal(more.length, 0);
  }
});
