import type { Experiment } from "../experiment";
import type { PpoExampleResponse, TunedPolicy } from "../reinforcement/policyStage";
import { withVariant, type VariantWriter } from "./variantAsking";
import type { Variant } from "../tuning/variants";

/** A token to be coloured, with what stands behind its colour. */
export interface WeightedToken {
  readonly text: string;
  readonly weight: number;
  readonly title: string;
}

/** A response's tokens weighted by their advantage, or by their divergence from the reference; all numbers in the hover text. */
export function weightedTokens({ tokens }: PpoExampleResponse, by: "advantage" | "kl"): readonly WeightedToken[] {
  return tokens.map(({ text, advantage, kl, reward, value }) => ({
    text,
    weight: by === "advantage" ? advantage : kl,
    title: `advantage ${advantage.toFixed(2)}, KL ${kl.toFixed(3)}, reward ${reward.toFixed(3)}, value ${value.toFixed(2)}`,
  }));
}

/** One row a step: what was rewarded, how far the policy went, where the time went. */
export function ppoRows({ steps }: Pick<TunedPolicy, "steps">): readonly Readonly<Record<string, string | number>>[] {
  return steps.map((step) => ({
    step: step.step,
    "mean reward": step.score.toFixed(2),
    "KL a response": step.sequenceKl.toFixed(2),
    entropy: step.entropy.toFixed(2),
    "clip share": step.clipShare.toFixed(3),
    "policy loss": step.policyLoss.toFixed(4),
    "value loss": step.valueLoss.toFixed(3),
    "largest ratio": step.maxRatio.toFixed(2),
    tokens: step.responseLength.toFixed(0),
    "ends by itself": step.endOfTurnShare.toFixed(2),
    "|sampler's log p - ours|": step.samplerDifference?.toFixed(3) ?? "—",
    "rollout s": step.seconds.rollout.toFixed(0),
    "scoring s": step.seconds.scoring.toFixed(0),
    "learning s": step.seconds.learning.toFixed(0),
  }));
}

/** The first `count` numbers of an update, token by token: what makes a reward, what makes an advantage. */
export function updateRows(
  { tokens }: PpoExampleResponse,
  count: number,
): readonly Readonly<Record<string, string | number>>[] {
  const row = (at: number) => {
    const { text, kl, reward, value, advantage } = tokens[at]!;
    return {
      token: JSON.stringify(text),
      KL: kl.toFixed(3),
      reward: reward.toFixed(3),
      value: value.toFixed(3),
      "whitened advantage": advantage.toFixed(2),
    };
  };
  const first = Array.from({ length: Math.min(count, tokens.length) }, (_, at) => row(at));
  return tokens.length > count ? [...first, row(tokens.length - 1)] : first;
}

/** The same users' profiles by several variants, side by side: one answer each, at the preset's temperature, from the ledger if there. */
export async function variantRows(
  experiment: Experiment,
  chosen: readonly Variant[],
  users: readonly number[],
  nameOf: (user: number) => string,
): Promise<readonly Readonly<Record<string, string>>[]> {
  const texts = new Map<Variant, readonly string[]>();
  for (const variant of chosen) texts.set(variant, await answersBy(experiment, variant, users));
  return users.flatMap((user, at) =>
    chosen.map((variant) => ({ user: nameOf(user), variant, profile: texts.get(variant)![at]! })),
  );
}

/** One answer a user by a variant, from the ledger if there; empty for a user without a history. */
export async function answersBy(
  experiment: Experiment,
  variant: Variant,
  users: readonly number[],
): Promise<readonly string[]> {
  const work = async ({ asks, promptOf }: VariantWriter): Promise<readonly string[]> => {
    const prompts = users.map(promptOf);
    const answers = await asks[0](prompts.flatMap((prompt) => (prompt ? [prompt] : [])));
    const texts = answers.map(({ text }) => text.trim()).values();
    return prompts.map((prompt) => (prompt ? texts.next().value! : ""));
  };
  return withVariant(experiment, variant, work, "reader");
}
