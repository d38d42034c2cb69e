// Departure from the authors' make_dataset.py: shares are exact up to rounding (theirs are drawn user by user).
import { prngOf, shuffled } from "../core";

/** Users by what their prompts are for; no user is in two parts. */
export interface PreferenceSplit {
  /** Pairs that the reward model is trained on. */
  readonly reward: readonly number[];
  /** Pairs that it is judged on. */
  readonly evaluation: readonly number[];
  /** Prompts that the policy is trained on. */
  readonly policy: readonly number[];
}

/** Share of the users in the first two parts; the policy has the rest, 40%. */
const rewardShare = 0.4;
const evaluationShare = 0.2;

/**
 * Splits users 40 : 20 : 40 into reward training, reward evaluation and policy training (HKUDS/RecLM,
 * llm/lora/make_dataset.py). The first two sizes are rounded to the nearest whole number (halves up), the policy has the rest;
 * from three users on no part is empty. A function of the set of users and the seed: their order does not matter, and every
 * part is ascending. Throws a RangeError for a user listed twice.
 */
export function preferenceSplit(users: readonly number[], seed: number): PreferenceSplit {
  const distinct = Array.from(new Set(users)).sort((a, b) => a - b);
  if (distinct.length < users.length) {
    throw new RangeError(`Cannot split ${users.length} users: only ${distinct.length} of them are different`);
  }
  const order = shuffled(distinct, prngOf(seed, "preference split"));
  const reward = Math.round(rewardShare * order.length);
  const evaluation = Math.round(evaluationShare * order.length);
  const part = (from: number, to: number): number[] => order.slice(from, to).sort((a, b) => a - b);
  return {
    reward: part(0, reward),
    evaluation: part(reward, reward + evaluation),
    policy: part(reward + evaluation, order.length),
  };
}
