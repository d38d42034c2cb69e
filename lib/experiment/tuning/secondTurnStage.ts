import { join } from "node:path";
import { columnsOf, jsonCodec, keptJson, rowOf, withDisposal, type JobControl, type Json } from "../../core";
import { neighboursOf } from "../../data";
import { openGenerator, openTokenizer, promptIds, type ChatTokenizer, type Message } from "../../llm";
import { meanTexts } from "../../metrics";
import { cosine, dialogueExamples } from "../../profiles";
import type { DialoguePlan } from "../../prompts";
import { generatorOptions } from "./asking";
import { dataStage, type PreparedData } from "../data/dataStage";
import { dialoguePlans, dialogueTargets } from "../instructions/dialoguePlans";
import type { Experiment } from "../experiment";
import { instructionStage, promptSourceOf, showingOf } from "../instructions/instructionStage";
import { maskStage } from "./maskStage";
import { neighbourStage, type SimilarUsers } from "../data/neighbourStage";
import { defineStage, type Stage } from "../stage";
import { teachersOf } from "../instructions/teachers";
import { openTokenCounter } from "../instructions/tokenCounter";
import { adapterStack, judgedVariants, type SupervisedVariant } from "./variants";

/** What one variant says to the question of the second turn, [n] a dialogue. */
export interface SecondTurnModel {
  readonly variant: SupervisedVariant;
  /** log p(Yes) - log p(No). */
  readonly margins: readonly number[];
  /** p(Yes) + p(No), 0..1: below 1 where the model would say something else. */
  readonly mass: readonly number[];
}

/** The second turn (Eq. 4) about users that tuning never saw: what is true, and what each scorer says. */
export interface SecondTurn {
  readonly dialogues: readonly Pick<DialoguePlan, "target" | "candidate" | "answer">[];
  readonly models: readonly SecondTurnModel[];
  /** Scores without a language model, [n] a dialogue. */
  readonly baselines: readonly { readonly name: string; readonly scores: readonly number[] }[];
  readonly unable: number;
}

/**
 * Asks each judged variant whether an unseen user will like an item: one taken out of the user's history, or one that only neighbours
 * have. The first turn's profiles are the teacher's, from the history without the item, so that variants differ in their weights alone.
 */
export const secondTurnStage: Stage<SecondTurn> = defineStage<SecondTurn>({
  name: "second-turn",
  version: 1,
  notebook: "04-tuning",
  inputs: (experiment) => ({ mask: maskStage.hash(experiment), seed: experiment.seed }),
  codec: jsonCodec<SecondTurn & Json>(),
  compute: async (experiment, work, control) => {
    const data = await dataStage.read(experiment);
    const similar = await neighbourStage.read(experiment);
    const { unseenUsers } = await instructionStage.read(experiment);
    const targets = dialogueTargets(unseenUsers, data);
    const { plans } = dialoguePlans(experiment, data, similar, targets, similar.neighbours);
    const asked = await questions(experiment, plans);
    const models: SecondTurnModel[] = [];
    for (const variant of judgedVariants) {
      const answers = (): Promise<SecondTurnModel & Json> => answersOf(experiment, variant, asked, control);
      models.push(await keptJson(join(work, `${variant}.json`), answers));
    }
    const own = asked.map(({ plan }) => plan);
    return {
      dialogues: own.map(({ target, candidate, answer }) => ({ target, candidate, answer })),
      models,
      baselines: baselinesOf(data, similar, own),
      unable: unseenUsers.length - own.length,
    };
  },
});

interface Question {
  readonly plan: DialoguePlan;
  /** Up to the question of the second turn. */
  readonly messages: readonly Message[];
}

async function questions(experiment: Experiment, plans: readonly DialoguePlan[]): Promise<readonly Question[]> {
  const source = await promptSourceOf(experiment);
  const { user: teacher } = await teachersOf(experiment, source);
  const counter = await openTokenCounter(experiment);
  try {
    const showing = showingOf(experiment, counter.countTokens);
    const { examples } = dialogueExamples(source, plans, (user, items) => teacher.profileOf(user, items), showing);
    const planOf = new Map(plans.map((plan) => [`dialogue ${plan.target}`, plan]));
    return examples.map(({ id, messages }) => ({ plan: planOf.get(id)!, messages: messages.slice(0, -1) }));
  } finally {
    await counter.dispose();
  }
}

async function answersOf(
  experiment: Experiment,
  variant: SupervisedVariant,
  asked: readonly Question[],
  control: JobControl,
): Promise<SecondTurnModel & Json> {
  const options = generatorOptions(experiment, await adapterStack(experiment, variant));
  const margins: number[] = [];
  const mass: number[] = [];
  return withDisposal(async (hold) => {
    const tokenizer = await hold(openTokenizer(experiment.model.path));
    // One dialogue after the other: all threads on one sequence.
    const generator = await hold(openGenerator({ ...options, sequences: 1, lanes: 1 }));
    for (const [done, { messages }] of asked.entries()) {
      control.signal?.throwIfAborted();
      const { prompt, choices } = choiceOf(tokenizer, messages);
      const [yes, no] = (await generator.choose(prompt, choices)) as unknown as readonly [number, number];
      margins.push(yes - no);
      mass.push(Math.exp(yes) + Math.exp(no));
      control.progress?.({ label: `${variant}: second turn`, done: done + 1, total: asked.length, unit: "dialogues" });
    }
    return { variant, margins, mass };
  });
}

/** A prompt, and the first tokens of the two answers. */
function choiceOf(
  tokenizer: ChatTokenizer,
  messages: readonly Message[],
): { readonly prompt: Int32Array; readonly choices: readonly number[] } {
  const prompt = promptIds(tokenizer, messages);
  const choices = ["Yes", "No"].map(
    (content) => promptIds(tokenizer, [...messages, { role: "assistant", content }])[prompt.length]!,
  );
  return { prompt, choices };
}

function baselinesOf(
  { usersOf, itemText }: PreparedData,
  { neighbours }: SimilarUsers,
  plans: readonly DialoguePlan[],
): SecondTurn["baselines"] {
  // The user's own pair, where there is one, is what is asked for.
  const owners = plans.map(({ target, candidate }) =>
    Array.from(columnsOf(usersOf, candidate)).filter((user) => user !== target),
  );
  const means = meanTexts(
    plans.map(({ history }) => history),
    itemText,
  );
  return [
    { name: "popularity", scores: owners.map(({ length }) => length) },
    {
      name: "neighbours who have it",
      scores: plans.map(({ target }, at) => {
        const near = new Set(neighboursOf(neighbours, target));
        return owners[at]!.filter((user) => near.has(user)).length;
      }),
    },
    {
      name: "cosine of its text and the history's",
      scores: plans.map(({ candidate }, at) => cosine(rowOf(means, at), rowOf(itemText, candidate))),
    },
  ];
}
