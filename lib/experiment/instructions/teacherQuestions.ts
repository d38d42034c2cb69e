import type { Message } from "../../llm";
import { distillationPrompt } from "../../prompts";
import { dataStage } from "../data/dataStage";
import type { Experiment } from "../experiment";
import { promptSourceOf } from "./instructionStage";

/** A question to put to a teacher, and whose profile the answer is. */
export interface TeacherQuestion {
  readonly id: string;
  readonly messages: readonly Message[];
}

/**
 * What to ask a teacher of one's own about each user with a training history (Figure 5), in the users' order. Its answers, as
 * `{"id", "text"}` a line, are the file that `Preset.teacher` names.
 *
 * @example
 * for (const question of await teacherQuestions(experiment)) console.log(JSON.stringify(question));
 */
export async function teacherQuestions(experiment: Experiment): Promise<readonly TeacherQuestion[]> {
  const { interactions } = await dataStage.read(experiment);
  const source = await promptSourceOf(experiment);
  const { historyItems } = experiment.preset.prompts;
  return source.histories.flatMap((history, user) => {
    const id = interactions.userIds[user]!;
    return history.length === 0 ? [] : [{ id, messages: [distillationPrompt(source, history, historyItems)] }];
  });
}
