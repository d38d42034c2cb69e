import type { JobControl } from "../core";
import type { Message } from "../llm/chat";
import type { Answer } from "../llm/generation";

/** What is used of an answer of a language model. */
export type AskedAnswer = Pick<Answer, "text" | "finish">;

/** A language model as this room sees it: many dialogues in, their answers out in the same order. */
export type AskAll = (
  dialogues: readonly (readonly Message[])[],
  control?: JobControl,
) => Promise<readonly AskedAnswer[]>;
