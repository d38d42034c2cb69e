import assert from "node:assert/strict";
import { test } from "node:test";
import { hasEntry } from "reclm/core";
import {
  drawHeldOut,
  firstTurn,
  itemLine,
  planDialogues,
  profiledUsers,
  secondTurn,
  shownWith,
  tasteOf,
  type DialoguePlans,
  type PlanOptions,
} from "reclm/prompts";
import { movieLens, movieLensMissing, type MovieLens } from "./movieLens";
import { toyHistories, toyKnown, toyNeighbours } from "./toy";

const toyOptions: PlanOptions = {
  targets: [0, 1, 2, 3],
  histories: toyHistories,
  neighbours: toyNeighbours,
  neighbourCount: 1,
  known: toyKnown,
  seed: 1,
};
const limits = { targetItems: 8, neighbourItems: 4 };

test("toy: users with one kind of candidate get it, users with none are named", () => {
  // 0 sees 1: yes Fargo, Heat, Suspects; no: Toy Story is a test pair, so none. 1 sees 0: no Alien. 3 has one item.
  const { plans, unable } = planDialogues(toyOptions);
  assert.deepEqual(
    plans.map((plan) => plan.target),
    [0, 1, 2],
  );
  assert.equal(plans[0]!.answer, "Yes");
  assert.ok([1, 2, 3].includes(plans[0]!.candidate));
  assert.deepEqual(
    Array.from(plans[0]!.history),
    [0, 1, 2, 3].filter((item) => item !== plans[0]!.candidate),
  );
  assert.deepEqual(unable, [{ user: 3, reason: "fewer than two training items: nothing would be left to show" }]);
  assert.deepEqual(planDialogues({ ...toyOptions, targets: [] }), { plans: [], yes: 0, no: 0, unable: [] });
});

test("a share of the dialogues asks for the target alone, drawn by seed; nothing else of a plan changes", () => {
  const targets = [0, 1, 2];
  const ofShare = (targetShare: number, seed = 1) => planDialogues({ ...toyOptions, targets, targetShare, seed }).plans;
  const none = planDialogues({ ...toyOptions, targets }).plans;
  assert.ok(none.every(({ asksFor }) => asksFor === "all"));
  const counts = [0, 0.34, 0.5, 1].map((share) => ofShare(share).filter(({ asksFor }) => asksFor === "target").length);
  assert.deepEqual(counts, [0, 1, 1, 3]);
  assert.deepEqual(
    ofShare(0.5).map((plan) => ({ ...plan, asksFor: "all" })),
    none,
  );
  const drawn = Array.from({ length: 20 }, (_, seed) =>
    ofShare(0.34, seed).findIndex((plan) => plan.asksFor === "target"),
  );
  assert.deepEqual([...new Set(drawn)].sort(), [0, 1, 2]);
  assert.deepEqual(profiledUsers({ ...none[0]!, asksFor: "target" }), [none[0]!.target]);
  assert.deepEqual(profiledUsers(none[0]!), [none[0]!.target, ...none[0]!.neighbours]);
  for (const targetShare of [-0.1, 1.1, NaN])
    assert.throws(() => planDialogues({ ...toyOptions, targetShare }), RangeError);
});

test("toy: a held-out item is the only one that Yes may ask for", () => {
  for (let seed = 0; seed < 20; seed++) {
    const heldOut = Int32Array.of(0, 1, 5, -1);
    const { plans, unable } = planDialogues({ ...toyOptions, heldOut, seed });
    assert.ok(
      unable.some(({ user }) => user === 0),
      "Alien is in no neighbour's history, and user 0 has no No",
    );
    for (const plan of plans) if (plan.answer === "Yes") assert.equal(plan.candidate, heldOut[plan.target]);
  }
  const drawn = drawHeldOut(toyHistories, 3);
  assert.deepEqual(drawn, drawHeldOut(toyHistories, 3));
  assert.equal(drawn[3], -1);
  assert.ok(toyHistories[0]!.includes(drawn[0]!));
});

test("the same seed plans the same dialogues, another seed others", (t) => {
  const data = movieLens();
  if (!data) return t.skip(movieLensMissing);
  const text = (seed: number): string => JSON.stringify(planAll(data, seed).plans);
  assert.equal(text(1), text(1));
  assert.notEqual(text(1), text(2));
});

test("MovieLens 100K: 50% Yes, every candidate in a shown neighbour's training history and list, never in the target's", (t) => {
  const data = movieLens();
  if (!data) return t.skip(movieLensMissing);
  const { plans, yes, no, unable } = planAll(data, 1);
  assert.equal(plans.length + unable.length, data.histories.length);
  assert.ok(plans.length > 900, `${plans.length} plans`);
  assert.ok(Math.abs(yes - no) <= 1, `${yes} Yes, ${no} No`);
  assert.equal(plans.filter((plan) => plan.answer === "Yes").length, yes);
  for (const plan of plans) {
    const line = itemLine(data.source.items.item(plan.candidate));
    assert.equal(plan.history.includes(plan.candidate), false);
    assert.equal(hasEntry(data.train, plan.target, plan.candidate), plan.answer === "Yes");
    assert.equal(hasEntry(data.known, plan.target, plan.candidate), plan.answer === "Yes", "no false negatives");
    const shownBy: readonly number[] = plan.neighbours.filter((user) =>
      shownWith(data.histories[user]!, limits.neighbourItems, plan.candidate).includes(plan.candidate),
    );
    const hadBy: readonly number[] = plan.neighbours.filter((user) => hasEntry(data.train, user, plan.candidate));
    assert.deepEqual(shownBy, hadBy);
    assert.ok(hadBy.length > 0);
    const lists: readonly string[] = firstTurn(data.source, plan, limits).content.split(", a similar user, liked:");
    const duplicated = Array.from(plan.history).some((item) => itemLine(data.source.items.item(item)) === line);
    if (!duplicated) assert.equal(lists[0]!.split("\n").includes(`- ${line}`), false);
    assert.ok(lists.slice(1).some((block) => block.split("\n").includes(`- ${line}`)));
    assert.ok(secondTurn(data.source, plan.candidate).content.includes(line));
  }
});

test("MovieLens 100K: no prompt holds a validation or test pair, and statistics come from the history shown", (t) => {
  const data = movieLens();
  if (!data) return t.skip(movieLensMissing);
  for (const plan of planAll(data, 2).plans.slice(0, 300)) {
    const blocks = firstTurn(data.source, plan, limits)
      .content.split(/User \d+[^:\n]* liked:\n/u)
      .slice(1);
    assert.equal(blocks.length, plan.neighbours.length + 1);
    [plan.target, ...plan.neighbours].forEach((user, at) => {
      const training = new Set(
        Array.from(data.histories[user]!, (item) => `- ${itemLine(data.source.items.item(item))}`),
      );
      const shown = blocks[at]!.split("\n").filter((line) => line.startsWith("- "));
      assert.ok(shown.length > 0);
      for (const line of shown) assert.ok(training.has(line), `${line} is no training item of user ${user}`);
    });
    const { era } = tasteOf(plan.history, data.source.items, data.source.background);
    assert.ok(blocks[0]!.includes(`era ${era};`));
  }
});

function planAll(data: MovieLens, seed: number): DialoguePlans {
  return planDialogues({
    targets: data.histories.map((_, user) => user),
    histories: data.histories,
    neighbours: data.neighbours,
    neighbourCount: 2,
    known: data.known,
    seed,
  });
}
