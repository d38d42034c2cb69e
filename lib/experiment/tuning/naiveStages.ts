// The paper's Naive has a dialogue of one turn in App. 6.4 and of two in Sec. 3.3, and says nothing of its loss; the authors'
// sft_base_naive.py tunes on both turns with the loss on every token, prompts too. One turn and both are offered, with that loss.
import type { TuningExample } from "../../profiles";
import { dialogueStage } from "./dialogueStage";
import { distillationStage } from "./distillationStage";
import type { Experiment } from "../experiment";
import type { Stage } from "../stage";
import type { TuningData } from "../instructions/tuningData";
import { tuningStage, type Tuned } from "./tuningStage";

/** Naive of App. 6.4: the first turn alone (profiles of user and neighbours), loss on all tokens. */
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
