import type { VariantQuality } from "./qualityStage";
import type { Tuned } from "../tuning/tuningStage";

/** A tuning as a loss curve. */
export function lossRun(
  name: string,
  { steps, heldOut }: Tuned,
): {
  readonly name: string;
  readonly train: readonly { readonly step: number; readonly value: number }[];
  readonly heldOut: readonly { readonly step: number; readonly value: number }[];
} {
  return {
    name,
    train: steps.map(({ step, loss }) => ({ step, value: loss })),
    heldOut: heldOut.map(({ step, loss }) => ({ step, value: loss })),
  };
}

/** What a tuning took and reached. */
export function tuningRow(name: string, tuned: Tuned): Readonly<Record<string, string | number>> {
  const tokens = tuned.steps.reduce((sum, step) => sum + step.tokens, 0);
  const seconds = tuned.steps.reduce((sum, step) => sum + step.seconds, 0);
  return {
    stage: name,
    examples: tuned.examples,
    steps: tuned.steps.length,
    tokens,
    "tok/s": Math.round(tokens / seconds),
    "held-out loss before": tuned.heldOut.at(0)?.loss ?? NaN,
    "held-out loss after": tuned.heldOut.at(-1)?.loss ?? NaN,
  };
}

/** The same user's answers by each variant, side by side. */
export function answerRows(
  quality: readonly VariantQuality[],
  nameOf: (user: number) => string,
  count: number,
): readonly Readonly<Record<string, string>>[] {
  const users = quality[0]?.answers.slice(0, count).map((answer) => answer.index) ?? [];
  return users.flatMap((user) =>
    quality.map(({ variant, answers }) => ({
      user: nameOf(user),
      variant,
      answer: answers.find((answer) => answer.index === user)?.text.trim() ?? "(none)",
    })),
  );
}
