/*
 * transformers (`return_assistant_tokens_mask`) and TRL (`assistant_only_loss`) take the loss where a template says
 * {% generation %}. Chat templates in model files seldom do, and those that do may leave the end of a turn out, or take the line
 * break after it in. The template made here says it where `tokeniseDialogue` sets its mask.
 */
import type { Message } from "./chat";
import { partsOf, renderMarked } from "./template";
import type { ChatTokenizer } from "./tokenizer";

/** What a template puts around contents. */
interface Frame {
  /** Before the first message, where that is not the system's. */
  readonly begin: string;
  readonly system: readonly [before: string, after: string];
  readonly user: readonly [before: string, after: string];
  /** What generation continues. */
  readonly prompt: string;
  /** Supervised: what follows the prompt before a response, and its end up to the end-of-turn token. */
  readonly response: readonly [before: string, end: string];
  /** What follows that token. */
  readonly rest: string;
  /** Whether contents lose white space around them. */
  readonly trims: boolean;
}

const system: Message = { role: "system", content: " s " };
const user: Message = { role: "user", content: " u " };
const assistant: Message = { role: "assistant", content: " a " };

/** Dialogues that both templates must render alike, as dialogues and as prompts. */
const probes: readonly (readonly Message[])[] = [
  [user],
  [user, assistant],
  [system, user],
  [system, user, assistant],
  [user, assistant, user],
  [system, user, assistant, user, assistant],
  [user, assistant, user, assistant, user, assistant],
];

/**
 * A Jinja template that renders what the model's own does, and marks as generated what `tokeniseDialogue` supervises: each
 * response with its end-of-turn token. For transformers, TRL and what is built on them; tools are left out.
 *
 * It is put together from what the model's template writes around contents, so it exists for templates that set one message
 * after the other (ChatML, Llama 3). Throws a RangeError for others, such as Llama 2's, whose first question holds the system's text.
 *
 * @example await writeFile("chat_template.jinja", trainingTemplate(tokenizer));
 */
export function trainingTemplate(tokenizer: ChatTokenizer): string {
  const template = templateOf(frameOf(tokenizer));
  const made: ChatTokenizer = { ...tokenizer, chatTemplate: template };
  for (const messages of probes) {
    for (const prompt of [false, true]) {
      if (renderMarked(made, messages, prompt) !== renderMarked(tokenizer, messages, prompt)) throw unable();
    }
  }
  return template;
}

function unable(): RangeError {
  return new RangeError("Cannot make a training template: the model's own does not set one message after the other");
}

function frameOf(tokenizer: ChatTokenizer): Frame {
  const [begun, afterUser] = textsAround(tokenizer, [user]) as [string, string];
  const [, prompted] = textsAround(tokenizer, [user], true) as [string, string];
  const dialogue = [system, user, assistant, user, assistant];
  const [first, systemToUser, userToResponse, responseToUser, , last] = textsAround(tokenizer, dialogue) as string[];
  const beforeUser = withoutStart(responseToUser!, last!);
  const prompt = withoutStart(prompted, afterUser);
  const [end, rest] = endOfTurn(tokenizer, last!);
  return {
    begin: withoutEnd(begun, beforeUser),
    system: [first!, withoutEnd(systemToUser!, beforeUser)],
    user: [beforeUser, afterUser],
    prompt,
    response: [withoutStart(userToResponse!, afterUser + prompt), end],
    rest,
    trims: partsOf(renderMarked(tokenizer, [user], false), [user]).some(({ text }) => text === "u"),
  };
}

/** The template's texts before, between and after the contents of a dialogue. */
function textsAround(tokenizer: ChatTokenizer, messages: readonly Message[], prompt = false): readonly string[] {
  const texts = [""];
  for (const { text, message } of partsOf(renderMarked(tokenizer, messages, prompt), messages)) {
    if (message < 0) texts[texts.length - 1] += text;
    else texts.push("");
  }
  if (texts.length !== messages.length + 1) throw unable();
  return texts;
}

/** What ends a response up to its end-of-turn token, and what follows. */
function endOfTurn(tokenizer: ChatTokenizer, text: string): readonly [string, string] {
  const ends = [...tokenizer.specialTokens].flatMap(([token, id]) => {
    const at = tokenizer.isEndOfTurn(id) && token !== "" ? text.indexOf(token) : -1;
    return at < 0 ? [] : [at + token.length];
  });
  if (ends.length === 0) throw new TypeError("Cannot make a training template: no end-of-turn token ends a response");
  const end = Math.min(...ends);
  return [text.slice(0, end), text.slice(end)];
}

function withoutStart(text: string, start: string): string {
  if (!text.startsWith(start)) throw unable();
  return text.slice(start.length);
}

function withoutEnd(text: string, end: string): string {
  if (!text.endsWith(end)) throw unable();
  return text.slice(0, text.length - end.length);
}

function templateOf({ begin, system, user, prompt, response, rest, trims }: Frame): string {
  const content = trims ? "(message['content'] | trim)" : "message['content']";
  const around = ([before, after]: readonly [string, string]): string =>
    printed([...literal(before), content, ...literal(after)]);
  return [
    "{% for message in messages %}",
    ...(begin === ""
      ? []
      : [`{% if loop.first and message['role'] != 'system' %}${printed(literal(begin))}{% endif %}`]),
    `{% if message['role'] == 'system' %}${around(system)}`,
    `{% elif message['role'] == 'user' %}${around(user)}`,
    `{% else %}${printed(literal(prompt))}{% generation %}${around(response)}{% endgeneration %}${printed(literal(rest))}`,
    `{% endif %}{% endfor %}{% if add_generation_prompt %}${printed(literal(prompt))}{% endif %}`,
  ].join("");
}

function printed(terms: readonly string[]): string {
  return terms.length === 0 ? "" : `{{ ${terms.join(" + ")} }}`;
}

/** A text as a Jinja string, nothing for an empty one. */
function literal(text: string): readonly string[] {
  if (text === "") return [];
  const escaped = text.replace(/[\\']/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return [`'${escaped}'`];
}
