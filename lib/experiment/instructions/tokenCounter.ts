import { openTokenizer, promptIds, tokeniseDialogue } from "../../llm";
import type { CountTokens } from "../../prompts";
import type { Experiment } from "../experiment";

/** Counts tokens with the model's own tokenizer and template; dispose of it when done. */
export interface TokenCounter {
  readonly countTokens: CountTokens;
  dispose(): Promise<void>;
}

/** A counter for whole dialogues and, where the last message is a question, for prompts. */
export async function openTokenCounter(experiment: Experiment): Promise<TokenCounter> {
  const tokenizer = await openTokenizer(experiment.model.path);
  return {
    countTokens: (messages) =>
      messages.at(-1)?.role === "assistant"
        ? tokeniseDialogue(tokenizer, messages).ids.length
        : promptIds(tokenizer, messages).length,
    dispose: () => tokenizer.dispose(),
  };
}
