// Expected values: test/reference/tuning/ppo.py (torch, formulas of TRL 0.7.9).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import {
  explainedVariance,
  gae,
  importanceWeights,
  meanSequenceKl,
  nextKlCoef,
  policyLoss,
  tokenMean,
  tokenRewards,
  valueLoss,
  whiten,
  type PolicyLoss,
  type ValueLoss,
} from "reclm/tuning";
import { noise } from "../../support/noise";

type Plain<T> = { readonly [K in keyof T]: T[K] extends Float32Array ? readonly number[] : T[K] };

interface Expected {
  readonly lengths: readonly number[];
  readonly ended: readonly boolean[];
  readonly gamma: number;
  readonly gaeLambda: number;
  readonly klCoef: number;
  readonly missingEosPenalty: number;
  readonly clipCoef: number;
  readonly valueClipCoef: number;
  readonly rewards: readonly number[];
  readonly advantages: readonly number[];
  readonly returns: readonly number[];
  readonly white: readonly number[];
  readonly whiteKeepingMean: readonly number[];
  readonly policy: Plain<PolicyLoss>;
  readonly weightedPolicy: Plain<PolicyLoss>;
  readonly value: Plain<ValueLoss>;
  readonly adaptive: Readonly<Record<"initial" | "target" | "horizon", number>> & {
    readonly steps: readonly (readonly [number, number])[];
    readonly coefs: readonly number[];
  };
  readonly cap: number;
  readonly importance: { readonly token: readonly number[]; readonly sequence: readonly number[] };
  readonly explainedVariance: number;
  readonly sequenceKl: number;
}

const file = join(process.cwd(), "test/reference/tuning/ppo.json");
const expected = JSON.parse(readFileSync(file, "utf8")) as Expected;
const { lengths } = expected;

/** One array a response, as `padded` of the script. */
function rows(seed: number, scale: number, shift = 0): Float32Array[] {
  return lengths.map((length, b) => noise(seed + b, length, scale).map((value) => value + shift));
}

function sums(left: readonly Float32Array[], right: readonly Float32Array[]): Float32Array[] {
  return left.map((row, b) => row.map((value, t) => value + right[b]![t]!));
}

const flat = (parts: readonly Float32Array[]): number[] => parts.flatMap((part) => [...part]);

function assertClose(found: ArrayLike<number>, wanted: readonly number[], what: string): void {
  assert.equal(found.length, wanted.length, what);
  wanted.forEach((value, i) =>
    assert.ok(Math.abs(found[i]! - value) < 1e-5, `${what} ${i} is ${found[i]}, not ${value}`),
  );
}

const old = rows(100, 2, -3);
const ref = rows(110, 2, -3);
const fresh = sums(old, rows(120, 0.5));
const oldValues = rows(130, 1);
const values = sums(oldValues, rows(140, 0.6));
const sampler = sums(old, rows(150, 0.9));
const scores = noise(160, lengths.length, 2);
const rewardsOf = (b: number) =>
  tokenRewards(old[b]!, ref[b]!, { score: scores[b]!, ended: expected.ended[b]! }, expected);

test("tokenRewards(), gae() and whiten() are torch's over five responses, one of a single token", () => {
  const rewards = lengths.map((_, b) => rewardsOf(b));
  assertClose(flat(rewards), expected.rewards, "reward");
  const estimates = rewards.map((reward, b) => gae(reward, oldValues[b]!, expected));
  const advantages = flat(estimates.map((estimate) => estimate.advantages));
  assertClose(advantages, expected.advantages, "advantage");
  assertClose(flat(estimates.map(({ returns }) => returns)), expected.returns, "return");
  assertClose(whiten(advantages), expected.white, "whitened");
  assertClose(whiten(advantages, { shiftMean: false }), expected.whiteKeepingMean, "whitened, mean kept");
});

test("policyLoss() and its derivatives are torch's, with and without importance weights", () => {
  const tokens = { logProbs: flat(fresh), oldLogProbs: flat(old), advantages: expected.white };
  const weights = expected.importance.token;
  for (const [found, wanted] of [
    [policyLoss(tokens, expected), expected.policy],
    [policyLoss({ ...tokens, weights }, expected), expected.weightedPolicy],
  ] as const) {
    const { derivatives, ...numbers } = found;
    assertClose(derivatives, wanted.derivatives, "derivative");
    for (const [field, value] of Object.entries(numbers)) assertClose([value], [wanted[field as "loss"]], field);
  }
  assert.ok(expected.policy.clipShare > 0.1, "some tokens are clipped");
});

test("valueLoss() and its derivatives are torch's", () => {
  const { derivatives, ...numbers } = valueLoss(
    { values: flat(values), oldValues: flat(oldValues), returns: expected.returns },
    expected,
  );
  assertClose(derivatives, expected.value.derivatives, "derivative");
  assertClose([numbers.loss, numbers.clipShare], [expected.value.loss, expected.value.clipShare], "loss, share");
  assert.ok(expected.value.clipShare > 0.1, "some tokens are clipped");
});

test("losses of parts add up to those of the whole when the count of the whole divides them", () => {
  const half = 8;
  const tokens = { logProbs: flat(fresh), oldLogProbs: flat(old), advantages: expected.white };
  const part = (from: number, to?: number) =>
    policyLoss(
      {
        logProbs: tokens.logProbs.slice(from, to),
        oldLogProbs: tokens.oldLogProbs.slice(from, to),
        advantages: tokens.advantages.slice(from, to),
      },
      { ...expected, tokens: tokens.logProbs.length },
    );
  const parts = [part(0, half), part(half)];
  assertClose([parts[0]!.loss + parts[1]!.loss], [expected.policy.loss], "loss");
  assertClose(flat(parts.map(({ derivatives }) => derivatives)), expected.policy.derivatives, "derivative");
});

test("importanceWeights() are capped ratios, per token or per response", () => {
  for (const level of ["token", "sequence"] as const) {
    const found = flat(old.map((row, b) => importanceWeights(row, sampler[b]!, { level, cap: expected.cap })));
    assertClose(found, expected.importance[level], level);
    assert.equal(Math.max(...found), expected.cap);
  }
});

test("nextKlCoef() follows TRL's controller, or stays", () => {
  const { initial, steps, coefs, ...constants } = expected.adaptive;
  let coef = initial;
  const found = steps.map(([sequenceKl, responses]) => {
    coef = nextKlCoef({ kind: "adaptive", ...constants }, coef, { sequenceKl, responses });
    return coef;
  });
  assertClose(found, coefs, "coefficient");
  assert.equal(nextKlCoef({ kind: "fixed" }, 0.05, { sequenceKl: 100, responses: 64 }), 0.05);
});

test("statistics: sequence KL, explained variance, mean over tokens", () => {
  assertClose([meanSequenceKl(old, ref)], [expected.sequenceKl], "sequence KL");
  const share = explainedVariance(flat(oldValues), expected.returns);
  assertClose([share!], [expected.explainedVariance], "explained variance");
  assert.equal(explainedVariance([1, 2], [3, 3]), null);
  assert.equal(tokenMean([[1], [2, 3, 6]]), 3);
});

test("degenerate cases stay finite: one token, equal rewards, a ratio beyond 32 bits", () => {
  assert.deepEqual(whiten([3]), Float32Array.of(0));
  assert.deepEqual(whiten([3], { shiftMean: false }), Float32Array.of(3));
  assertClose(whiten([0.1, 0.1, 0.1]), [0, 0, 0], "equal values");
  const one = gae(tokenRewards([-1], [-1], { score: 2, ended: true }, { klCoef: 0.2 }), [0.5], expected);
  assert.deepEqual(one, { advantages: Float32Array.of(1.5), returns: Float32Array.of(2) });
  const zero = policyLoss({ logProbs: [-1], oldLogProbs: [-1], advantages: whiten(one.advantages) }, expected);
  assert.ok(Number.isFinite(zero.loss) && zero.derivatives[0] === 0);
  assert.equal(policyLoss({ logProbs: [0], oldLogProbs: [-1000], advantages: [1] }, expected).maxRatio, Infinity);
});

test("what cannot be rewarded is refused", () => {
  const scored = { score: 1, ended: true };
  assert.throws(() => tokenRewards([], [], scored, expected), /Cannot reward a response: it has no token/);
  assert.throws(() => tokenRewards([-1], [], scored, expected), /1 tokens: the reference scored 0/);
  assert.throws(() => tokenRewards([-1], [-1], { ...scored, score: Number.NaN }, expected), /its score is NaN/);
  assert.throws(() => gae([1], [], expected), /1 tokens: 0 values/);
  assert.throws(() => importanceWeights([1], [], { level: "token", cap: 2 }), /sampler gave 0/);
});
