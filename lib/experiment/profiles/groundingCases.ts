import type { Profile } from "../../data";
import { baseRates, factIndex, groundingOf, type BaseRates, type FactIndex, type GroundingCase } from "../../profiles";
import { shownNeighbours } from "../../prompts";
import { dataStage } from "../data/dataStage";
import type { Experiment } from "../experiment";
import { promptSourceOf } from "../instructions/instructionStage";
import { neighbourStage } from "../data/neighbourStage";

/** What terms are traced with. */
export interface GroundingSource {
  readonly index: FactIndex;
  readonly base: BaseRates;
  /** A user's profile beside the user's own items and those of the neighbours that a prompt shows. */
  readonly caseOf: (user: number, profile: Profile | undefined) => GroundingCase;
}

/** Facts of the training histories; `shown` neighbours stand in the prompts (default: the preset's). */
export async function groundingSource(
  experiment: Experiment,
  shown: number = experiment.preset.prompts.neighbours,
): Promise<GroundingSource> {
  const source = await promptSourceOf(experiment);
  const { histories } = await dataStage.read(experiment);
  const { neighbours } = await neighbourStage.read(experiment);
  const index = factIndex(source);
  return {
    index,
    base: baseRates(source.histories, index),
    caseOf: (user, profile) => ({
      profile,
      own: histories[user]!,
      neighbours: shownNeighbours(neighbours, histories, user, shown).flatMap((other) => Array.from(histories[other]!)),
    }),
  };
}

/** Over-smoothing, user by user: the share of a profile's terms that neighbours' items ground and the user's own do not; null without terms. */
export function smoothedShares(
  { index, base, caseOf }: GroundingSource,
  users: readonly number[],
  profiles: readonly (Profile | undefined)[],
): readonly (number | null)[] {
  return users.map((user, at) => {
    const { neighboursOnly, terms } = groundingOf([caseOf(user, profiles[at])], index, base);
    return terms > 0 ? neighboursOnly / terms : null;
  });
}
