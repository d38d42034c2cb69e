/*
 * Departures from transformers' apply_chat_template, whose ids these are otherwise:
 * - Text of control tokens inside a message is spelled out, never turned into those tokens.
 * - A token never reaches over the border between a prompt and its response, so that the ids of the prompt alone, which
 *   generation uses, begin the ids of the dialogue. It matters for responses that begin with white space.
 */
import type { Message, TokenisedDialogue } from "./chat";
import { partsOf, renderMarked, type TemplatePart } from "./template";
import type { ChatTokenizer } from "./tokenizer";

/** How a dialogue becomes ids and a mask. */
export interface DialogueOptions {
  /** Longer dialogues lose their end; throws when no supervised token is left. */
  readonly maxTokens?: number;
  /** "responses" (default): the assistant's tokens; "all": every token. */
  readonly supervise?: "responses" | "all";
}

/** A control token, or text that no token reaches out of. */
interface Span {
  readonly text: string;
  /** Id of the control token. */
  readonly special?: number;
  readonly supervised: boolean;
}

interface Piece {
  readonly ids: Int32Array;
  readonly supervised: boolean;
}

/**
 * Ids of a dialogue under the model's own chat template, and the mask of what the assistant must produce: each response
 * with its end-of-turn token, and what white space the template puts between the two (llama-2: one space).
 *
 * A template that adds a system message where none is given (SmolLM2's does) adds it here too, unsupervised; give one
 * to replace it. Beyond `maxTokens` the end is cut off. Throws a RangeError when no supervised token is left, and when
 * the template refuses the dialogue.
 *
 * @example
 * const { ids, mask } = tokeniseDialogue(tokenizer, [question, answer]);
 * tokenizer.decode(ids.filter((_, t) => mask[t] === 1), { special: true }); // "Yes.<|im_end|>"
 */
export function tokeniseDialogue(
  tokenizer: ChatTokenizer,
  messages: readonly Message[],
  options: DialogueOptions = {},
): TokenisedDialogue {
  const pieces = piecesOf(tokenizer, messages, false);
  const everything = options.supervise === "all";
  const ids = joined(pieces).slice(0, options.maxTokens);
  const mask = new Uint8Array(ids.length);
  let at = 0;
  for (const piece of pieces) {
    if (piece.supervised || everything) mask.fill(1, at, at + piece.ids.length);
    at += piece.ids.length;
  }
  if (!mask.includes(1)) {
    const kept = ids.length < at ? `the first ${ids.length} of ${at} tokens` : `${at} tokens`;
    throw new RangeError(`Cannot supervise a dialogue of ${messages.length} messages: ${kept} hold no response`);
  }
  return { ids, mask };
}

/** Ids of a dialogue up to where the assistant's next response begins: what generation continues. */
export function promptIds(tokenizer: ChatTokenizer, messages: readonly Message[]): Int32Array {
  return joined(piecesOf(tokenizer, messages, true));
}

function piecesOf(tokenizer: ChatTokenizer, messages: readonly Message[], prompt: boolean): readonly Piece[] {
  const rendered = renderMarked(tokenizer, messages, prompt);
  const borders = [0, ...responseBorders(tokenizer, messages, rendered), rendered.length];
  const spans = borders.slice(1).flatMap((end, i) => {
    return spansOf(tokenizer, partsOf(rendered.slice(borders[i], end), messages), i > 0);
  });
  return encodeSpans(tokenizer, spans);
}

/** Where each response begins in the rendering: where the prompt before it, rendered alone, ends. */
function responseBorders(tokenizer: ChatTokenizer, messages: readonly Message[], rendered: string): readonly number[] {
  return messages.flatMap(({ role }, i) => {
    if (role !== "assistant") return [];
    const prompt = renderMarked(tokenizer, messages.slice(0, i), true);
    if (!rendered.startsWith(prompt)) {
      throw new RangeError(`Cannot find where message ${i} begins: the chat template changes the prompt before it`);
    }
    return [prompt.length];
  });
}

function spansOf(tokenizer: ChatTokenizer, parts: readonly TemplatePart[], response: boolean): readonly Span[] {
  const spans: Span[] = [];
  let supervised = response;
  let text = "";
  for (const part of parts) {
    const pieces = part.message >= 0 ? [part.text] : part.text.split(specialPattern(tokenizer));
    for (const piece of pieces) {
      const special = part.message >= 0 ? undefined : tokenizer.specialTokens.get(piece);
      if (special === undefined) {
        text += piece;
        continue;
      }
      spans.push({ text, supervised }, { text: piece, special, supervised });
      text = "";
      if (tokenizer.isEndOfTurn(special)) supervised = false;
    }
  }
  if (supervised) throw new TypeError("Cannot mask a response: the chat template ends it with no end-of-turn token");
  spans.push({ text, supervised });
  return spans.filter((span) => span.text !== "");
}

const patterns = new WeakMap<ChatTokenizer, RegExp>();

/** Matches any control token's text, the longest first; captured, so that `split` keeps it. */
function specialPattern(tokenizer: ChatTokenizer): RegExp {
  const known = patterns.get(tokenizer);
  if (known !== undefined) return known;
  const texts = [...tokenizer.specialTokens.keys()].filter((text) => text !== "").sort((a, b) => b.length - a.length);
  const escaped = texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const pattern = escaped.length === 0 ? /(?!)/ : new RegExp(`(${escaped.join("|")})`);
  patterns.set(tokenizer, pattern);
  return pattern;
}

// Text between two control tokens is encoded as a whole, as the tokenizer of a whole rendering would; where that would
// join the end of a prompt to its response, the response is encoded on its own.
function encodeSpans(tokenizer: ChatTokenizer, spans: readonly Span[]): readonly Piece[] {
  let run = "";
  let runIds: number[] = [];
  return spans.map(({ text, special, supervised }) => {
    if (special !== undefined) {
      run = "";
      runIds = [];
      return { ids: Int32Array.of(special), supervised };
    }
    run += text;
    const whole = tokenizer.encode(run);
    const goesOn = runIds.every((id, t) => whole[t] === id);
    const ids = goesOn ? whole.slice(runIds.length) : tokenizer.encode(text, { continues: true });
    runIds.push(...ids);
    return { ids, supervised };
  });
}

function joined(pieces: readonly Piece[]): Int32Array {
  return Int32Array.from(pieces.flatMap(({ ids }) => [...ids]));
}
