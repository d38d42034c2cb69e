import { Template } from "@huggingface/jinja";
import { messageOf } from "../core";
import type { Message } from "./chat";
import type { ChatTokenizer } from "./tokenizer";

/** A stretch of rendered dialogue: the template's own text, or the content of message `message`. */
export interface TemplatePart {
  readonly text: string;
  /** Index of the message, or -1 for the template's text. */
  readonly message: number;
}

// Private-use characters mark where a content goes; the em spaces beside them show whether the template trims it.
const mark = (message: number): string => `\u2003\uE000${message}\uE001\u2003`;
const marked = /(\u2003?)\uE000(\d+)\uE001(\u2003?)/g;

/**
 * A dialogue rendered by the model's own Jinja template with marks in place of the contents, so that a content can
 * never be taken for template text. Renderings of a dialogue and of its beginning can be compared as strings.
 * Throws when the template refuses the dialogue or leaves a message out.
 */
export function renderMarked(
  tokenizer: ChatTokenizer,
  messages: readonly Message[],
  addGenerationPrompt: boolean,
): string {
  if (tokenizer.chatTemplate === "") {
    throw new TypeError(`Cannot render a dialogue: ${tokenizer.modelPath} has no chat template`);
  }
  const rendered = render(tokenizer, messages, addGenerationPrompt);
  const missing = messages.findIndex((_, i) => !rendered.includes(mark(i).trim()));
  if (missing >= 0) {
    throw new RangeError(
      `Cannot render message ${missing} (${messages[missing]!.role}): the chat template leaves it out`,
    );
  }
  return rendered;
}

function render(tokenizer: ChatTokenizer, messages: readonly Message[], addGenerationPrompt: boolean): string {
  const textOf = (id: number | undefined): string =>
    id === undefined ? "" : tokenizer.decode([id], { special: true });
  try {
    return new Template(tokenizer.chatTemplate).render({
      messages: messages.map(({ role }, i) => ({ role, content: mark(i) })),
      add_generation_prompt: addGenerationPrompt,
      bos_token: textOf(tokenizer.bosId),
      eos_token: textOf(tokenizer.eosId),
    });
  } catch (error) {
    throw new RangeError(`Cannot render a dialogue of ${messages.length} messages: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The parts of a marked rendering, or of a stretch of one, in order. */
export function partsOf(rendered: string, messages: readonly Message[]): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let done = 0;
  for (const match of rendered.matchAll(marked)) {
    const message = Number(match[2]);
    parts.push({ text: rendered.slice(done, match.index), message: -1 });
    parts.push({ text: trimmed(messages[message]!.content, match[1] === "", match[3] === ""), message });
    done = match.index + match[0].length;
  }
  parts.push({ text: rendered.slice(done), message: -1 });
  return parts.filter(({ text }) => text !== "");
}

function trimmed(text: string, start: boolean, end: boolean): string {
  const left = start ? text.trimStart() : text;
  return end ? left.trimEnd() : left;
}
