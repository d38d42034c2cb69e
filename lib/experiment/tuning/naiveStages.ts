// The paper's Naive (App. 6.4) restricts the dialogue to one turn; the authors' sft_base_naive.py tunes on both turns. Both take
// the loss on every token, prompts too, and both are offered.
import type { TuningExample } from "../../profiles";
import { dialogueStage } from "./dialogueStage";
import { distillationStage } from "./distillationStage";
import type { Experiment } from "../experiment";
import type { Stage } from "../stage";
import type { TuningData } from "../instructions/tuningData";
import { tuningStage, type Tuned } from "./tuningStage";

/** Naive as the paper says: the first turn alone (profiles of user and neighbours), loss on all tokens. */
export const naiveSingleTurnStage: Stage<Tuned> = naiveStage("naive-single-turn", "first turns, unmasked", firstTurns);

/** Naive as the authors' code does: both turns, loss on all tokens. */
export const naiveTwoTurnStage: Stage<Tuned> = naiveStage(
  "naive-two-turn",
  "two-turn dialogues, unmasked",
  (data) => data,
);

function naiveStage(name: string, label: string, dataOf: (dialogues: TuningData) => TuningData): Stage<Tuned> {
  return tuningStage({
    name,
    label,
    notebook: "08-ppo",
    supervise: "all",
    settings: (experiment: Experiment) => experiment.preset.naive,
    upstream: (experiment) => [dialogueStage.hash(experiment), distillationStage.hash(experiment)],
    data: async (experiment) => dataOf(await dialogueStage.read(experiment)),
    before: (experiment) => [distillationStage.read(experiment)],
  });
}

/** Dialogues cut after their first response. */
function firstTurns({ examples, heldOut }: TuningData): TuningData {
  const cut = (list: readonly TuningExample[]): readonly TuningExample[] =>
    list.map((example) => {
      const end = example.messages.findIndex(({ role }) => role === "assistant") + 1;
      return { ...example, messages: example.messages.slice(0, end) };
    });
  return { examples: cut(examples), heldOut: cut(heldOut) };
}
