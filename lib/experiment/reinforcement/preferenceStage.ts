import { jsonCodec, type Json } from "../../core";
import {
  preferencePairs,
  preferenceSplit,
  shownNeighbours,
  type PreferencePair,
  type PreferencePairs,
  type PreferenceSplit,
} from "../../prompts";
import type { Message } from "../../llm";
import { instructionStage, promptSourceOf, restrictedTo } from "../instructions/instructionStage";
import { neighbourStage } from "../data/neighbourStage";
import { defineStage, type Stage } from "../stage";
import { teachersOf } from "../instructions/teachers";
import { openTokenCounter } from "../instructions/tokenCounter";
import { userPrompts } from "../instructions/userPrompts";

/** A user's profile prompt, for the policy to answer. */
export interface PolicyPrompt {
  readonly user: number;
  readonly messages: readonly Message[];
}

/** What the reward model learns from and is judged on, and what the policy is asked. */
export interface Preferences {
  readonly split: PreferenceSplit;
  /** The reward model's training pairs (Eq. 6). */
  readonly reward: readonly PreferencePair[];
  /** Pairs of other users, to judge it. */
  readonly evaluation: readonly PreferencePair[];
  /** Prompts of PPO's rollouts (Eq. 7). */
  readonly policy: readonly PolicyPrompt[];
  readonly unable: PreferencePairs["unable"];
}

/**
 * Preference pairs of the users that tuning may see, split 40 : 20 : 40; no user is in two parts, and no prompt shows a user
 * that profiles are later judged on.
 */
export const preferenceStage: Stage<Preferences> = defineStage<Preferences>({
  name: "preferences",
  version: 1,
  notebook: "07-reward",
  inputs: (experiment) => ({
    instructions: instructionStage.hash(experiment),
    pairsPerUser: experiment.preset.reward.pairsPerUser,
    answerTokens: experiment.preset.ppo.maxTokens,
    seed: experiment.seed,
  }),
  codec: jsonCodec<Preferences & Json>(),
  compute: async (experiment) => {
    const { tuningUsers } = await instructionStage.read(experiment);
    const source = await promptSourceOf(experiment);
    const { neighbours } = await neighbourStage.read(experiment);
    const allowed = restrictedTo(neighbours, new Set(tuningUsers));
    const counter = await openTokenCounter(experiment);
    try {
      const promptOf = userPrompts(experiment, source, counter.countTokens, {
        neighbours: allowed,
        answerTokens: experiment.preset.ppo.maxTokens,
      });
      const split = preferenceSplit(tuningUsers, experiment.seed);
      const { user: teacher } = await teachersOf(experiment, source);
      const pairsOf = (users: readonly number[]): PreferencePairs =>
        preferencePairs({
          users,
          promptOf,
          profileOf: (user) => teacher.profileOf(user, source.histories[user]!),
          similarUsersOf: (user) =>
            shownNeighbours(allowed, source.histories, user, experiment.preset.prompts.neighbours),
          seed: experiment.seed,
          pairsPerUser: experiment.preset.reward.pairsPerUser,
        });
      const [reward, evaluation] = [pairsOf(split.reward), pairsOf(split.evaluation)];
      const policy = split.policy.flatMap((user) => {
        const messages = promptOf(user);
        return messages ? [{ user, messages }] : [];
      });
      return {
        split,
        reward: reward.pairs,
        evaluation: evaluation.pairs,
        policy,
        unable: [...reward.unable, ...evaluation.unable],
      };
    } finally {
      await counter.dispose();
    }
  },
});
