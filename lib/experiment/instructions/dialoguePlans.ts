import type { Neighbours } from "../../data";
import { planDialogues, type DialoguePlans } from "../../prompts";
import type { PreparedData } from "../data/dataStage";
import type { Experiment } from "../experiment";
import type { SimilarUsers } from "../data/neighbourStage";

/** Plans two-turn dialogues about some users (Eq. 3-4), as the preset shows them, with neighbours that may be shown. */
export function dialoguePlans(
  { preset, seed }: Experiment,
  { histories, known }: PreparedData,
  { heldOut }: SimilarUsers,
  targets: readonly number[],
  neighbours: Neighbours,
): DialoguePlans {
  const { candidates = "heldOut", targetShare } = preset.prompts;
  return planDialogues({
    targets,
    histories,
    neighbours,
    neighbourCount: preset.prompts.neighbours,
    known,
    seed,
    ...(candidates === "seen" ? {} : { heldOut }),
    targetShare,
  });
}

/** Those whose history is left with something to show when a candidate is taken out. */
export function dialogueTargets(users: readonly number[], { histories }: PreparedData): readonly number[] {
  return users.filter((user) => histories[user]!.length >= 2);
}
