// Departure from the authors, whose reward model reads "Question: ...\n\nAnswer: ...": ours reads prompt and answer in the model's
// own chat template, that is, the very tokens that the policy reads and writes; nothing is decoded and encoded again.
import { tokeniseDialogue, type ChatTokenizer, type Message } from "../../llm";
import type { PreferencePair } from "../../prompts";
import type { TokenisedPair } from "../../tuning";

/** What the reward model reads of a response: prompt and answer, up to the answer's last token (its end of turn, if it has one). */
export function responseText(prompt: Int32Array, answer: Int32Array): Int32Array {
  return Int32Array.from([...prompt, ...answer]);
}

/** Prompt and answer with its end of turn, and nothing that a template puts behind it. */
export function answeredIds(tokenizer: ChatTokenizer, messages: readonly Message[], content: string): Int32Array {
  const { ids, mask } = tokeniseDialogue(tokenizer, [...messages, { role: "assistant", content }]);
  return ids.slice(0, mask.lastIndexOf(1) + 1);
}

/** Both answers of a pair as the reward model reads them, each with its end of turn. */
export function pairIds(tokenizer: ChatTokenizer, pair: PreferencePair): TokenisedPair {
  const idsOf = (content: string): Int32Array => answeredIds(tokenizer, pair.messages, content);
  return { chosen: idsOf(pair.chosen), rejected: idsOf(pair.rejected), kind: pair.kind };
}
