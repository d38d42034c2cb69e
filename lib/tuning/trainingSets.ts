/*
 * Training sets for other trainers, as JSON Lines in the conversational forms of TRL ("Dataset formats and types"), which
 * Axolotl's `chat_template` data sets share: rows hold messages, never text, so that the trainer applies the chat template.
 *
 * TRL's assistant mask is ours only by `trainingTemplate`: the model's own template marks nothing, so `assistant_only_loss` fails
 * on it, and TRL's stock templates for other ChatML models also train on the line break after <|im_end|>. Under
 * `trainingTemplate` the masks are equal token by token: each response and its end-of-turn token, nothing else. Axolotl
 * (`roles_to_train: [assistant]`, `train_on_eos: turn`) finds the same tokens under either template.
 *
 * Two departures remain (see lib/llm/dialogue.ts): the text of a control token inside a message becomes that token there, and
 * a response that begins with white space may be joined to the prompt's last token.
 */
import { writeJsonLines, type Json } from "../core";
import type { Message } from "../llm";
import type { PreferencePair } from "../prompts";

type JsonMessage = { readonly role: Message["role"]; readonly content: string };

/** A dialogue with its answers, for supervised tuning (TRL: language modelling; Axolotl: chat_template). */
export interface ConversationRow {
  readonly [key: string]: Json;
  readonly id: string;
  readonly messages: readonly JsonMessage[];
}

/** A prompt with a better and a worse answer, for reward models and DPO (TRL: preference with an explicit prompt). */
export interface PreferenceRow {
  readonly [key: string]: Json;
  readonly id: string;
  readonly kind: string;
  readonly prompt: readonly JsonMessage[];
  readonly chosen: readonly JsonMessage[];
  readonly rejected: readonly JsonMessage[];
}

/** A prompt alone, for online methods: PPO, GRPO (TRL: prompt-only). */
export interface PromptRow {
  readonly [key: string]: Json;
  readonly id: string;
  readonly prompt: readonly JsonMessage[];
}

/** What rows are made from: a tuning example, a preference pair, or any prompt with a name. */
export interface NamedMessages {
  readonly id: string;
  readonly messages: readonly Message[];
}

/** A dialogue that ends with its answer; throws a RangeError for one that does not. */
export function conversationRow({ id, messages }: NamedMessages): ConversationRow {
  if (messages.at(-1)?.role !== "assistant")
    throw new RangeError(`Cannot write the conversation "${id}": it does not end with an answer`);
  return { id, messages: messages.map(messageJson) };
}

/** A preference pair; throws a RangeError for a prompt that does not end with a question and for answers that are the same. */
export function preferenceRow({ id, kind, messages, chosen, rejected }: PreferencePair): PreferenceRow {
  if (chosen === rejected) throw new RangeError(`Cannot write the preference "${id}": both answers are the same`);
  const answer = (content: string): readonly JsonMessage[] => [{ role: "assistant", content }];
  return { id, kind, prompt: promptOf(id, messages), chosen: answer(chosen), rejected: answer(rejected) };
}

/** A prompt; throws a RangeError for one that does not end with a question. */
export function promptRow({ id, messages }: NamedMessages): PromptRow {
  return { id, prompt: promptOf(id, messages) };
}

function promptOf(id: string, messages: readonly Message[]): readonly JsonMessage[] {
  if (messages.at(-1)?.role !== "user")
    throw new RangeError(`Cannot write the prompt "${id}": it does not end with a question`);
  return messages.map(messageJson);
}

function messageJson({ role, content }: Message): JsonMessage {
  return { role, content };
}

type Rows<T> = Iterable<T> | AsyncIterable<T>;

/**
 * Writes dialogues as `{"id", "messages"}` lines, as they come, atomically; resolves to their number.
 *
 * @example await writeConversations("conversations.jsonl", examples);
 */
export function writeConversations(path: string, examples: Rows<NamedMessages>): Promise<number> {
  return writeJsonLines(path, mapped(examples, conversationRow));
}

/** Writes preference pairs as `{"id", "kind", "prompt", "chosen", "rejected"}` lines, as they come, atomically. */
export function writePreferences(path: string, pairs: Rows<PreferencePair>): Promise<number> {
  return writeJsonLines(path, mapped(pairs, preferenceRow));
}

/** Writes prompts as `{"id", "prompt"}` lines, as they come, atomically. */
export function writePrompts(path: string, prompts: Rows<NamedMessages>): Promise<number> {
  return writeJsonLines(path, mapped(prompts, promptRow));
}

async function* mapped<T>(entries: Rows<T>, rowOf: (entry: T) => Json): AsyncGenerator<Json> {
  for await (const entry of entries) yield rowOf(entry);
}
