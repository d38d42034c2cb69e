import { openTokenizer, tokeniseDialogue, type Message } from "../../llm";
import { dialogueExamples, type TuningExample } from "../../profiles";
import type { DialoguePlan } from "../../prompts";
import type { Experiment } from "../experiment";
import { instructionStage, promptSourceOf, showingOf, type Instructions } from "./instructionStage";
import { teachersOf } from "./teachers";
import { openTokenCounter } from "./tokenCounter";

/** A run of tokens with the same mask, decoded. */
export interface MaskedText {
  readonly text: string;
  readonly mask: number;
}

/** A dialogue as the model reads it, control tokens included, in runs of equal mask; and what the mask keeps. */
export interface MaskedDialogue {
  readonly pieces: readonly MaskedText[];
  readonly kept: string;
  readonly tokens: number;
  readonly supervised: number;
}

/** Tokenises one dialogue with the model's own template and shows where the loss is taken. */
export async function maskedDialogue(experiment: Experiment, messages: readonly Message[]): Promise<MaskedDialogue> {
  const tokenizer = await openTokenizer(experiment.model.path);
  try {
    const { ids, mask } = tokeniseDialogue(tokenizer, messages);
    const pieces: MaskedText[] = [];
    for (let from = 0; from < ids.length;) {
      let to = from;
      while (to < ids.length && mask[to] === mask[from]) to++;
      pieces.push({ text: tokenizer.decode(ids.slice(from, to), { special: true }), mask: mask[from]! });
      from = to;
    }
    const kept = tokenizer.decode(
      ids.filter((_, t) => mask[t] === 1),
      { special: true },
    );
    return { pieces, kept, tokens: ids.length, supervised: mask.filter((bit) => bit === 1).length };
  } finally {
    await tokenizer.dispose();
  }
}

/** Lengths of examples and how many of their tokens are supervised. */
export async function tokenCounts(
  experiment: Experiment,
  examples: readonly TuningExample[],
): Promise<{ readonly tokens: readonly number[]; readonly supervised: readonly number[] }> {
  const tokenizer = await openTokenizer(experiment.model.path);
  try {
    const made = examples.map((example) => tokeniseDialogue(tokenizer, example.messages));
    return {
      tokens: made.map(({ ids }) => ids.length),
      supervised: made.map(({ mask }) => mask.reduce((sum, bit) => sum + bit, 0)),
    };
  } finally {
    await tokenizer.dispose();
  }
}

/** Who is tuned on, who is not, and how many examples of each kind there are. */
export function instructionCounts(
  instructions: Instructions,
): readonly { readonly what: string; readonly count: number }[] {
  const { distillation, plans, tuningUsers, unseenUsers, unable } = instructions;
  const ofKind = (kind: TuningExample["kind"]): number =>
    distillation.examples.filter((example) => example.kind === kind).length;
  return [
    { what: "users that tuning may see", count: tuningUsers.length },
    { what: "users that tuning never sees (profiles are judged on them)", count: unseenUsers.length },
    { what: "distillation examples: users", count: ofKind("user") },
    { what: "distillation examples: items", count: ofKind("item") },
    { what: "distillation examples held out", count: distillation.heldOut.length },
    { what: "dialogues that end in Yes", count: plans.yes },
    { what: "dialogues that end in No", count: plans.no },
    { what: "users without a candidate for a dialogue", count: plans.unable.length },
    { what: "examples that could not be made", count: unable.length },
  ];
}

/**
 * The first dialogue that asks for the profiles of all users shown, or for the target's alone (the first at all where there is none),
 * with the teacher's profiles; tuning may use those of the distilled model.
 */
export async function sampleDialogue(
  experiment: Experiment,
  asksFor: DialoguePlan["asksFor"],
): Promise<{ readonly messages: readonly Message[]; readonly profilesBy: string }> {
  const { plans } = (await instructionStage.read(experiment)).plans;
  const plan = plans.find((each) => each.asksFor === asksFor) ?? plans[0];
  if (!plan) throw new RangeError("Cannot show a dialogue: none could be planned for these users");
  const source = await promptSourceOf(experiment);
  const { user: teacher } = await teachersOf(experiment, source);
  const counter = await openTokenCounter(experiment);
  try {
    const showing = showingOf(experiment, counter.countTokens);
    const made = dialogueExamples(source, [plan], (user, history) => teacher.profileOf(user, history), showing);
    const first = made.examples[0];
    if (!first) throw new RangeError(`Cannot show a dialogue: that of user ${plan.target} could not be made`);
    return { messages: first.messages, profilesBy: `teacher (${teacher.name})` };
  } finally {
    await counter.dispose();
  }
}
