import type { JobControl } from "../core";
import type { Message } from "../llm/chat";

/** One answer of a language model. */
export interface Answer {
  readonly text: string;
  /** Why generation ended, in the engine's words: "eogToken", "maxTokens". */
  readonly finish: string;
}

/** A language model as this room sees it: many dialogues in, their answers out in the same order. */
export type AskAll = (dialogues: readonly (readonly Message[])[], control?: JobControl) => Promise<readonly Answer[]>;
