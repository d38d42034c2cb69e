import { withDisposal } from "../../core";
import type { Message } from "../../llm";
import type { Asks } from "../../profiles";
import { distillationPrompt, type CountTokens, type PromptSource } from "../../prompts";
import { openAsker, type AskedBy } from "../tuning/asking";
import type { Experiment } from "../experiment";
import { promptSourceOf } from "../instructions/instructionStage";
import { neighbourStage } from "../data/neighbourStage";
import { policyStack } from "../reinforcement/policyStage";
import { openTokenCounter } from "../instructions/tokenCounter";
import { historyPrompts, userPrompts } from "../instructions/userPrompts";
import { adapterStack, showsNeighbours, type Variant } from "../tuning/variants";

/** A variant of the model, ready to write profiles. */
export interface VariantWriter {
  readonly source: PromptSource;
  readonly asks: Asks;
  /** What it is asked about a user: with neighbours where it was tuned on them; undefined for a user without a history. */
  readonly promptOf: (user: number) => readonly Message[] | undefined;
}

/** Lends a variant, with its adapters and the ledger of answers, to `work`, and frees it afterwards. */
export async function withVariant<T>(
  experiment: Experiment,
  variant: Variant,
  work: (writer: VariantWriter) => Promise<T>,
  askedBy: AskedBy = "stage",
): Promise<T> {
  const source = await promptSourceOf(experiment);
  const { neighbours } = await neighbourStage.read(experiment);
  const adapters = variant === "RecLM" ? await policyStack(experiment) : await adapterStack(experiment, variant);
  return withDisposal(async (hold) => {
    const counter = await hold(openTokenCounter(experiment));
    const asker = await hold(openAsker(experiment, adapters, `profiles by ${variant}`, askedBy));
    const promptOf = showsNeighbours(variant)
      ? userPrompts(experiment, source, counter.countTokens, { neighbours })
      : alonePrompts(experiment, source, counter.countTokens);
    return work({ source, asks: asker.asks, promptOf });
  });
}

/** The prompt of knowledge distillation: the user's own items alone. */
function alonePrompts(
  experiment: Experiment,
  source: PromptSource,
  countTokens: CountTokens,
): VariantWriter["promptOf"] {
  const promptOf = historyPrompts(experiment, source, countTokens, distillationPrompt);
  return (user) => {
    const history = source.histories[user]!;
    return history.length === 0 ? undefined : promptOf(history);
  };
}
