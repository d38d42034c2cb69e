// The thresholds of docs/ppo-evidence.md, written before any run.
import { meanOf } from "../../core";
import { holm, pairedT, studentCritical } from "../../metrics";
import { shareOf } from "../../profiles";
import type { PolicyEvidence } from "./evidenceStage";
import { pText } from "../paper/cells";

/** One PPO run against Mask on the same prompts. */
export interface PolicyComparison {
  readonly name: string;
  readonly n: number;
  /** Mean difference of normalised rewards, in standard deviations of the reference's. */
  readonly reward: Effect;
  /** Mean over answers, in nats. */
  readonly sequenceKl: number;
  /** Shares in complete format. */
  readonly complete: { readonly mask: number; readonly policy: number; readonly difference: number };
  /** Mean difference of the share of a profile's terms that only neighbours ground; null with fewer than two users in common. */
  readonly smoothed: Effect | null;
  /** Signs of reward hacking that are seen. */
  readonly signs: readonly string[];
}

/** A paired mean difference with its t interval at 95% and p. */
export interface Effect {
  readonly mask: number;
  readonly policy: number;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided; the rewards' are corrected over runs (Holm). */
  readonly p: number;
  readonly n: number;
}

/** Each PPO run against Mask; rewards' p-values are corrected over the runs. */
export function comparePolicies(mask: PolicyEvidence, runs: readonly PolicyEvidence[]): readonly PolicyComparison[] {
  const made = runs.map((run) => comparison(mask, run));
  const corrected = holm(made.map(({ reward }) => reward.p));
  return made.map((each, at) => ({ ...each, reward: { ...each.reward, p: corrected[at]! } }));
}

function comparison(mask: PolicyEvidence, run: PolicyEvidence): PolicyComparison {
  if (mask.users.length !== run.users.length || mask.users.some((user, at) => user !== run.users[at]))
    throw new RangeError(`Cannot compare ${run.name} with ${mask.name}: they were judged on different users`);
  const both = inBoth(mask.smoothed, run.smoothed);
  const [before, after] = [share(mask.complete), share(run.complete)];
  return {
    name: run.name,
    n: run.users.length,
    reward: effectOf(mask.scores.map((score, at) => [score, run.scores[at]!] as const)),
    sequenceKl: meanOf(run.sequenceKl),
    complete: { mask: before, policy: after, difference: after - before },
    smoothed: both.length > 1 ? effectOf(both) : null,
    signs: hackingSigns(mask, run),
  };
}

/** The values of users who have one in both lists. */
function inBoth(
  before: readonly (number | null)[],
  after: readonly (number | null)[],
): readonly (readonly [before: number, after: number])[] {
  return before.flatMap((a, at) => {
    const b = after[at]!;
    return a === null || b === null ? [] : [[a, b] as const];
  });
}

/** The rank of each user's own history; null without a profile, which `smoothed` tells. */
function ranksOf({ smoothed, retrieval }: PolicyEvidence): readonly (number | null)[] {
  const ranks = (retrieval?.ranks ?? []).values();
  return smoothed.map((value) => (value === null ? null : (ranks.next().value ?? null)));
}

function effectOf(pairs: readonly (readonly [number, number])[]): Effect {
  const { difference, error, n, p, df } = pairedT(pairs.map(([a, b]) => b - a));
  const half = error * studentCritical(df);
  const means = [meanOf(pairs.map(([a]) => a)), meanOf(pairs.map(([, b]) => b))] as const;
  return { mask: means[0], policy: means[1], difference, low: difference - half, high: difference + half, p, n };
}

/** What docs/ppo-evidence.md calls signs of reward hacking, beside the text of the profiles. */
function hackingSigns(mask: PolicyEvidence, run: PolicyEvidence): readonly string[] {
  const signs: string[] = [];
  if (mask.distinct !== null && run.distinct !== null && run.distinct < 0.8 * mask.distinct)
    signs.push(`distinct profiles fall from ${mask.distinct.toFixed(2)} to ${run.distinct.toFixed(2)}`);
  const lengths = [meanOf(mask.lengths), meanOf(run.lengths)] as const;
  if (Math.abs(lengths[1] / lengths[0] - 1) > 0.25)
    signs.push(`mean length goes from ${lengths[0].toFixed(0)} to ${lengths[1].toFixed(0)} tokens`);
  const ranks = inBoth(ranksOf(mask), ranksOf(run));
  if (ranks.length > 1) {
    const { difference, p } = effectOf(ranks);
    if (difference > 0 && p < 0.05)
      signs.push(`the own history's mean rank worsens by ${difference.toFixed(1)} (p ${pText(p)})`);
  }
  const gap = ({ shared: { own, shuffled } }: PolicyEvidence): number | null =>
    own === null || shuffled === null ? null : own - shuffled;
  const [gapBefore, gapAfter] = [gap(mask), gap(run)];
  if (gapBefore !== null && gapAfter !== null && gapBefore > 0 && gapAfter < 0.8 * gapBefore)
    signs.push(
      `terms shared with the own teacher beyond a shuffled one fall from ${gapBefore.toFixed(2)} to ${gapAfter.toFixed(2)}`,
    );
  return signs;
}

/** One question of docs/ppo-evidence.md with its answer. */
export interface Finding {
  readonly question: string;
  readonly threshold: string;
  readonly measured: string;
  readonly answer: "yes" | "no" | "—";
}

/** The document's questions, answered; with fewer than three runs or 200 prompts no answer is given, only what was measured. */
export function findings(comparisons: readonly PolicyComparison[]): readonly Finding[] {
  const enough = comparisons.length >= 3 && comparisons.every(({ n }) => n >= 200);
  const answer = (holds: boolean): Finding["answer"] => (enough ? (holds ? "yes" : "no") : "—");
  const each = (text: (comparison: PolicyComparison) => string): string => comparisons.map(text).join("; ");
  const signed = (value: number, digits = 2): string => `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(digits)}`;
  const effect = ({ difference, low, high, p }: Effect): string =>
    `${signed(difference)} [${signed(low)}, ${signed(high)}], p ${p < 0.001 ? "< .001" : p.toFixed(3)}`;
  const meanEffect = meanOf(comparisons.map(({ reward }) => reward.difference));
  return [
    {
      question: "Does the reward rise where it was not trained?",
      threshold: "p < .01 in every run, mean effect at least .2",
      measured: each(({ reward }) => effect(reward)),
      answer: answer(comparisons.every(({ reward }) => reward.difference > 0 && reward.p < 0.01) && meanEffect >= 0.2),
    },
    {
      question: "How far did the policy move?",
      threshold: "mean sequence KL at most 10 nats",
      measured: each(({ sequenceKl }) => sequenceKl.toFixed(2)),
      answer: answer(comparisons.every(({ sequenceKl }) => sequenceKl <= 10)),
    },
    {
      question: "Is the format kept?",
      threshold: "complete format falls by at most .05",
      measured: each(({ complete }) => `${complete.mask.toFixed(2)} → ${complete.policy.toFixed(2)}`),
      answer: answer(comparisons.every(({ complete }) => complete.difference >= -0.05)),
    },
    {
      question: "Less over-smoothing?",
      threshold: "below 0 with p < .05 in every run",
      measured: each(({ smoothed }) => (smoothed ? effect(smoothed) : "—")),
      answer: answer(
        comparisons.every(({ smoothed }) => smoothed !== null && smoothed.difference < 0 && smoothed.p < 0.05),
      ),
    },
  ];
}

/** The findings as rows of a table. */
export function findingRows(comparisons: readonly PolicyComparison[]): readonly Readonly<Record<string, string>>[] {
  return findings(comparisons).map((finding) => ({ ...finding }));
}

/** Each policy in a row: reward, KL, format, length, distinct profiles, terms, retrieval. */
export function evidenceRows(
  policies: readonly PolicyEvidence[],
): readonly Readonly<Record<string, string | number>>[] {
  return policies.map((policy) => {
    const format = shareOf(policy.complete.filter(Boolean).length, policy.complete.length);
    const smoothed = policy.smoothed.filter((value) => value !== null);
    return {
      policy: policy.name,
      n: policy.users.length,
      "mean reward": meanOf(policy.scores).toFixed(2),
      "KL to Mask": policy.sequenceKl.length > 0 ? meanOf(policy.sequenceKl).toFixed(2) : "—",
      "complete format": `${format.share.toFixed(2)} [${format.low.toFixed(2)}, ${format.high.toFixed(2)}]`,
      "ends by itself": share(policy.ended).toFixed(2),
      tokens: meanOf(policy.lengths).toFixed(0),
      distinct: policy.distinct?.toFixed(2) ?? "—",
      "neighbours only": smoothed.length > 0 ? meanOf(smoothed).toFixed(3) : "—",
      "terms shared with own teacher": policy.shared.own?.toFixed(2) ?? "—",
      "with a shuffled teacher": policy.shared.shuffled?.toFixed(2) ?? "—",
      "mean rank of own history": policy.retrieval?.meanRank.toFixed(1) ?? "—",
    };
  });
}

function share(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length / flags.length;
}
