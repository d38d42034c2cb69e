import type { JobControl } from "../core";
import type { Profile } from "../data";
import type { Message } from "../llm";
import { profiledUsers, readProfile, type DialoguePlan, type PromptSource } from "../prompts";
import type { AskAll } from "./ask";

/** Profiles for the first turns of dialogues, as the distilled model wrote them. */
export interface PlanProfiles {
  /** What `dialogueExamples` asks for; undefined where the answer was unusable. */
  readonly profileOf: (user: number, history: ArrayLike<number>) => Profile | undefined;
  readonly asked: number;
  readonly unusable: number;
}

/**
 * Has the distilled model write all profiles that dialogues need (as in the paper): a target's from its history without the
 * candidate, a neighbour's from its training history. Each history is asked for once, as `promptOf` words it (`distillationPrompt`).
 */
export async function writePlanProfiles(
  source: PromptSource,
  plans: readonly DialoguePlan[],
  promptOf: (history: ArrayLike<number>) => readonly Message[],
  ask: AskAll,
  control?: JobControl,
): Promise<PlanProfiles> {
  const histories = new Map<string, ArrayLike<number>>();
  for (const plan of plans) {
    for (const user of profiledUsers(plan)) {
      const history = user === plan.target ? plan.history : source.histories[user]!;
      histories.set(keyOf(user, history), history);
    }
  }
  const prompts = Array.from(histories.values(), promptOf);
  const answers = await ask(prompts, control);
  if (answers.length !== prompts.length) {
    throw new RangeError(
      `Cannot read profiles: ${prompts.length} dialogues were asked, ${answers.length} answers came`,
    );
  }
  const read = Array.from(histories.keys(), (key, at) => [key, readProfile(answers[at]!.text).profile] as const);
  const profiles = new Map(read);
  return {
    profileOf: (user, history) => profiles.get(keyOf(user, history)),
    asked: prompts.length,
    unusable: read.filter(([, profile]) => !profile).length,
  };
}

function keyOf(user: number, history: ArrayLike<number>): string {
  return `${user}: ${Array.from(history).join(" ")}`;
}
