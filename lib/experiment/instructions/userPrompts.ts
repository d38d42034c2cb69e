import type { Neighbours } from "../../data";
import type { Message } from "../../llm";
import {
  fitted,
  shownNeighbours,
  userProfilePrompt,
  type CountTokens,
  type HistoryLimits,
  type PromptSource,
} from "../../prompts";
import type { Experiment } from "../experiment";

/** Whose histories stand beside a user's own, and how much room the answer is left. */
export interface UserPromptOptions {
  readonly neighbours: Neighbours;
  /** Default: the preset's `generation.maxTokens`. */
  readonly answerTokens?: number;
}

/**
 * The prompt of each user's profile, with neighbours (Figure 7, Eq. 5), shortened to what the context leaves beside an answer;
 * undefined for a user without a history.
 */
export function userPrompts(
  experiment: Experiment,
  source: PromptSource,
  countTokens: CountTokens,
  { neighbours, answerTokens = experiment.preset.generation.maxTokens }: UserPromptOptions,
): (user: number) => readonly Message[] | undefined {
  const { prompts } = experiment.preset;
  const wished: HistoryLimits = { targetItems: prompts.historyItems, neighbourItems: prompts.neighbourItems };
  const budget = promptBudget(experiment, answerTokens);
  return (user) => {
    const history = source.histories[user]!;
    if (history.length === 0) return undefined;
    const group = { history, neighbours: shownNeighbours(neighbours, source.histories, user, prompts.neighbours) };
    const write = (limits: HistoryLimits) => userProfilePrompt(source, group, limits);
    return fitted(write, wished, budget, countTokens).messages;
  };
}

/** The prompt of a history alone, as `write` words it, shortened to what the context leaves beside an answer. */
export function historyPrompts(
  experiment: Experiment,
  source: PromptSource,
  countTokens: CountTokens,
  write: (source: PromptSource, history: ArrayLike<number>, itemCount: number) => Message,
): (history: ArrayLike<number>) => readonly Message[] {
  const wished: HistoryLimits = { targetItems: experiment.preset.prompts.historyItems, neighbourItems: 1 };
  const budget = promptBudget(experiment, experiment.preset.generation.maxTokens);
  return (history) =>
    fitted(({ targetItems }) => [write(source, history, targetItems)], wished, budget, countTokens).messages;
}

function promptBudget(experiment: Experiment, answerTokens: number): number {
  return experiment.preset.model.contextTokens - answerTokens;
}
