import type { Message } from "../llm/chat";
import type { HistoryLimits } from "./userPrompts";

/** Counts a dialogue's tokens with the model's own tokenizer and template. */
export type CountTokens = (messages: readonly Message[]) => number;

/** A dialogue with the limits that it was written under. */
export interface FittedDialogue {
  readonly messages: readonly Message[];
  readonly limits: HistoryLimits;
  readonly tokens: number;
}

/**
 * Writes a dialogue within a token budget: with the limits wished for, else with one item less at a time, taken from
 * whichever of the two kinds of list is longer (of equals: the neighbours'), down to one item each. The same rule in training
 * and inference. Throws where even that is too long.
 */
export function fitted(
  write: (limits: HistoryLimits) => readonly Message[],
  wished: HistoryLimits,
  budget: number,
  countTokens: CountTokens,
): FittedDialogue {
  let limits = wished;
  for (;;) {
    const messages = write(limits);
    const tokens = countTokens(messages);
    if (tokens <= budget) return { messages, limits, tokens };
    const { targetItems, neighbourItems } = limits;
    if (targetItems <= 1 && neighbourItems <= 1) {
      throw new RangeError(`Cannot write a prompt within ${budget} tokens: one item a list takes ${tokens}`);
    }
    limits =
      neighbourItems >= targetItems
        ? { targetItems, neighbourItems: neighbourItems - 1 }
        : { targetItems: targetItems - 1, neighbourItems };
  }
}
