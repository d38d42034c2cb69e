import { preference, type PairScores } from "../../tuning";
import { shareOf } from "../../profiles";
import { rejectedKinds, type PreferencePair } from "../../prompts";
import type { Preferences } from "./preferenceStage";
import type { TunedReward } from "./rewardStage";

type Row = Readonly<Record<string, string | number>>;

/** Users and pairs of each part, and pairs by kind of rejected answer beside the share that was asked for. */
export function preferenceRows(preferences: Preferences): readonly Row[] {
  const { split, reward, evaluation, policy, unable } = preferences;
  const parts = [
    { what: "reward model: training", users: split.reward.length, pairs: reward.length },
    { what: "reward model: held out", users: split.evaluation.length, pairs: evaluation.length },
    { what: "PPO's prompts (no pairs)", users: split.policy.length, pairs: policy.length },
    { what: "pairs that could not be made", users: "—", pairs: unable.length },
  ];
  const all = [...reward, ...evaluation];
  const kinds = rejectedKinds.map(({ kind, share, meaning }) => {
    const pairs = all.filter((pair) => pair.kind === kind).length;
    return { what: `rejected: ${meaning}`, users: `share ${share.toFixed(2)}`, pairs };
  });
  return [...parts, ...kinds];
}

/** One pair of each kind, to look at. */
export function pairRows(pairs: readonly PreferencePair[], nameOf: (user: number) => string): readonly Row[] {
  return rejectedKinds.flatMap(({ kind }) => {
    const pair = pairs.find((candidate) => candidate.kind === kind);
    return pair ? [{ kind, user: nameOf(pair.user), chosen: pair.chosen, rejected: pair.rejected }] : [];
  });
}

/** Held-out accuracy overall and by kind of rejected answer, with its Wilson interval; a kind without pairs has a dash. */
export function accuracyRows({ accuracy, judged }: Pick<TunedReward, "accuracy" | "judged">): readonly Row[] {
  const row = (kind: string, right: number, n: number): Row => {
    const { share, low, high } = shareOf(right, n);
    const interval = n > 0 ? `${share.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]` : "—";
    return { "rejected answer": kind, pairs: n, "ranked right": interval, "mean margin": margin(judged, kind) };
  };
  const kinds = rejectedKinds.map(({ kind }) =>
    row(kind, accuracy.kinds[kind]?.right ?? 0, accuracy.kinds[kind]?.n ?? 0),
  );
  return [row("all", accuracy.all.right, accuracy.all.n), ...kinds];
}

function margin(judged: readonly PairScores[], kind: string): string {
  const members = judged.filter((pair) => kind === "all" || pair.kind === kind);
  const sum = members.reduce((total, { chosen, rejected }) => total + chosen - rejected, 0);
  return members.length > 0 ? (sum / members.length).toFixed(2) : "—";
}

/** Accuracy by kind as bars with intervals, kinds in the order of tables; those without pairs are left out. */
export function accuracyBars({ accuracy }: Pick<TunedReward, "accuracy">): readonly {
  readonly measure: string;
  readonly bars: readonly {
    readonly variant: string;
    readonly share: number;
    readonly low: number;
    readonly high: number;
  }[];
}[] {
  const kinds = rejectedKinds.flatMap(({ kind }) => {
    const own = accuracy.kinds[kind];
    return own ? [[kind, own] as const] : [];
  });
  return [["all", accuracy.all] as const, ...kinds].map(([measure, { right, n }]) => {
    const { share, low, high } = shareOf(right, n);
    return { measure: `${measure} (${n})`, bars: [{ variant: "reward model", share, low, high }] };
  });
}

/** Scores by kind of rejected answer, for histograms. */
export function scorePanels(judged: readonly PairScores[]): readonly {
  readonly title: string;
  readonly groups: readonly { readonly name: string; readonly scores: readonly number[] }[];
}[] {
  return rejectedKinds.flatMap(({ kind }) => {
    const pairs = judged.filter((pair) => pair.kind === kind);
    if (pairs.length === 0) return [];
    const groups = [
      { name: "chosen", scores: pairs.map(({ chosen }) => chosen) },
      { name: "rejected", scores: pairs.map(({ rejected }) => rejected) },
    ];
    return [{ title: kind, groups }];
  });
}

/** One bin of a calibration plot. */
export interface CalibrationBin {
  /** Mean probability that the reward model gave to the answer it ranks first, .5..1. */
  readonly predicted: number;
  /** Share of its pairs that it ranks right, with the Wilson interval. */
  readonly observed: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/**
 * Calibration on held-out pairs: how often the preferred answer is the chosen one, against the probability sigmoid(|margin|) that
 * the pairwise loss was fitted to (margins before normalisation), in bins of about equal counts.
 */
export function calibration(
  { judged, reward }: Pick<TunedReward, "judged" | "reward">,
  bins = 5,
): readonly CalibrationBin[] {
  const pairs = judged
    .map(({ chosen, rejected }) => {
      const raw = (chosen - rejected) / reward.gain;
      return { predicted: preference(Math.abs(raw)), right: raw > 0 };
    })
    .sort((a, b) => a.predicted - b.predicted);
  const count = Math.max(1, Math.min(bins, Math.floor(pairs.length / 3)));
  return Array.from({ length: count }, (_, b) => {
    const members = pairs.slice(Math.floor((b * pairs.length) / count), Math.floor(((b + 1) * pairs.length) / count));
    const { share, low, high, n } = shareOf(members.filter(({ right }) => right).length, members.length);
    const predicted = members.reduce((sum, pair) => sum + pair.predicted, 0) / members.length;
    return { predicted, observed: share, low, high, n };
  });
}
