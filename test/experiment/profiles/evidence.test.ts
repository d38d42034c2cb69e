// Expected values: by hand; the t interval's 3.182446 is scipy's stats.t.ppf(.975, 3), its p stats.t.sf(3, 3) * 2.
import assert from "node:assert/strict";
import { test } from "node:test";
import { comparePolicies, evidenceRows, findings, type PolicyEvidence } from "reclm/experiment";

const mask: PolicyEvidence = {
  name: "Mask",
  users: [3, 5, 8, 9],
  scores: [0, 1, -1, 0],
  sequenceKl: [],
  complete: [true, true, true, false],
  ended: [true, true, false, false],
  lengths: [40, 40, 60, 60],
  smoothed: [0.5, 0.5, 0, null],
  distinct: 1,
  shared: { own: 0.8, shuffled: 0.2 },
  retrieval: { ranks: [1, 2, 3], meanRank: 2, hitsAt10: 3, pool: 10 },
  texts: ["a", "b", "c", "d"],
};
const policy: PolicyEvidence = {
  ...mask,
  name: "RecLM",
  // Differences 1, 1, 1, 3: mean 1.5, standard error .5, t 3 of 3 degrees of freedom.
  scores: [1, 2, 0, 3],
  sequenceKl: [1, 2, 3, 4],
  complete: [true, true, true, true],
  lengths: [42, 42, 60, 60],
  smoothed: [0.25, 0, 0, 0.5],
};

test("comparePolicies() pairs users: effect, interval and p of rewards, terms of users with both profiles", () => {
  const [found] = comparePolicies(mask, [policy]);
  const { reward, smoothed, complete, sequenceKl, signs } = found!;
  assert.deepEqual([reward.mask, reward.policy, reward.difference, reward.n], [0, 1.5, 1.5, 4]);
  assert.ok(Math.abs(reward.low - (1.5 - 0.5 * 3.182446305)) < 1e-6);
  assert.ok(Math.abs(reward.high - (1.5 + 0.5 * 3.182446305)) < 1e-6);
  assert.ok(Math.abs(reward.p - 0.0576688856) < 1e-8);
  assert.equal(smoothed!.n, 3);
  assert.ok(Math.abs(smoothed!.difference - -0.25) < 1e-12);
  assert.deepEqual(complete, { mask: 0.75, policy: 1, difference: 0.25 });
  assert.equal(sequenceKl, 2.5);
  assert.deepEqual(signs, []);
});

test("p-values of rewards are corrected over the runs", () => {
  const [one] = comparePolicies(mask, [policy]);
  const three = comparePolicies(mask, [policy, { ...policy, name: "RecLM 2" }, { ...policy, name: "RecLM 3" }]);
  three.forEach(({ reward }) => assert.ok(Math.abs(reward.p - 3 * one!.reward.p) < 1e-12));
});

test("signs of reward hacking are named", () => {
  const hacked: PolicyEvidence = {
    ...policy,
    distinct: 0.7,
    lengths: [10, 10, 10, 10],
    shared: { own: 0.4, shuffled: 0.2 },
    // Mask wrote nothing for the last user, whose rank of 2 has no partner.
    retrieval: { ranks: [6, 7, 9, 2], meanRank: 6, hitsAt10: 4, pool: 10 },
  };
  const [found] = comparePolicies(mask, [hacked]);
  // Differences 5, 5, 6: t = 5.333 / .333 = 16 of 2 degrees of freedom, p = stats.t.sf(16, 2) * 2 = .003884.
  assert.deepEqual(found!.signs, [
    "distinct profiles fall from 1.00 to 0.70",
    "mean length goes from 50 to 10 tokens",
    "the own history's mean rank worsens by 5.3 (p 0.0039)",
    "terms shared with the own teacher beyond a shuffled one fall from 0.60 to 0.20",
  ]);
});

test("a rank is compared with the same user's alone; a gap that was not there cannot fall", () => {
  // Retrieval ranks three profiles each time, of users 3, 5, 8 and of 3, 5, 9: common are 3 and 5, which stay.
  const other = {
    ...policy,
    smoothed: [0.25, 0, null, 0.5],
    shared: { own: 0.2, shuffled: 0.22 },
    retrieval: { ranks: [1, 2, 90], meanRank: 31, hitsAt10: 2, pool: 10 },
  };
  const [found] = comparePolicies({ ...mask, shared: other.shared }, [other]);
  assert.deepEqual(found!.signs, []);
});

test("findings() answers only with three runs of 200 users, and by the written thresholds", () => {
  const few = findings(comparePolicies(mask, [policy]));
  assert.deepEqual(
    few.map(({ answer }) => answer),
    ["—", "—", "—", "—"],
  );
  const many = <T>(list: readonly T[]): T[] => Array.from({ length: 200 }, (_, at) => list[at % list.length]!);
  const wide = (evidence: PolicyEvidence): PolicyEvidence => ({
    ...evidence,
    users: Array.from({ length: 200 }, (_, at) => at),
    scores: many(evidence.scores),
    sequenceKl: many(evidence.sequenceKl),
    complete: many(evidence.complete),
    lengths: many(evidence.lengths),
    smoothed: many(evidence.smoothed),
    retrieval: null,
  });
  const answersOf = (...runs: readonly PolicyEvidence[]) =>
    findings(comparePolicies(wide(mask), runs.map(wide))).map(({ answer }) => answer);
  const answers = (run: PolicyEvidence) => answersOf(run, run, run);
  assert.deepEqual(answers(policy), ["yes", "yes", "yes", "yes"]);
  assert.deepEqual(
    answers({ ...policy, scores: mask.scores, sequenceKl: [11], complete: [false], smoothed: mask.smoothed }),
    ["no", "no", "no", "no"],
  );
  const fallen = { ...policy, scores: [-1, 0, -2, -1] };
  assert.equal(answersOf(policy, policy, fallen)[0], "no", "a reward that falls in one run does not rise");
});

test("different users cannot be compared; a table has a row a policy", () => {
  assert.throws(() => comparePolicies(mask, [{ ...policy, users: [3, 5, 8, 10] }]), /different users/);
  assert.deepEqual(
    evidenceRows([mask, policy]).map((row) => [row["policy"], row["mean reward"], row["KL to Mask"]]),
    [
      ["Mask", "0.00", "—"],
      ["RecLM", "1.50", "2.50"],
    ],
  );
});
