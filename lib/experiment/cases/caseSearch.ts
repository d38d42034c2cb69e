import { isFinished } from "../../core";
import { readProfile } from "../../prompts";
import { dataStage } from "../data/dataStage";
import type { Experiment } from "../experiment";
import { groundingSource, smoothedShares } from "../profiles/groundingCases";
import { variantTextStageOf } from "../profiles/variantTextStage";

/** A user's profiles by Mask and by RecLM, each with the share of its terms that only neighbours' items bear out, 0..1. */
export interface SmoothedPair {
  readonly user: string;
  readonly mask: { readonly text: string; readonly share: number };
  readonly reclm: { readonly text: string; readonly share: number };
}

/** Users to look at, and how they stand among all. */
export interface FoundCases {
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly note: string;
}

/**
 * The users whose profile by Mask takes over most of what only neighbours like, and RecLM's takes over less: where the paper's
 * Figure 4 is to be seen if anywhere. The note counts everybody, whichever way they moved.
 *
 * @param limit rows at most
 */
export async function overSmoothedUsers(experiment: Experiment, limit: number): Promise<FoundCases> {
  const stages = (["Mask", "RecLM"] as const).map(variantTextStageOf);
  if (!stages.every((stage) => isFinished(stage.folder(experiment)))) {
    return { rows: [], note: "Notebook 13 writes everybody's profiles by Mask and RecLM: run it, then this cell." };
  }
  const texts = await Promise.all(stages.map(async (stage) => (await stage.read(experiment)).user));
  const source = await groundingSource(experiment);
  const { userIds } = (await dataStage.read(experiment)).interactions;
  const users = Array.from(userIds.keys());
  const shares = texts.map((of) =>
    smoothedShares(
      source,
      users,
      of.map((text) => (text === null ? undefined : readProfile(text).profile)),
    ),
  );
  const pairs = users.flatMap((at): readonly SmoothedPair[] => {
    const [mask = null, reclm = null] = shares.map((of) => of[at]!);
    if (mask === null || reclm === null) return [];
    return [
      {
        user: userIds[at]!,
        mask: { text: texts[0]![at]!, share: mask },
        reclm: { text: texts[1]![at]!, share: reclm },
      },
    ];
  });
  return casesOf(pairs, limit);
}

/** Those with the largest fall first, of equal ones in their own order. */
export function casesOf(pairs: readonly SmoothedPair[], limit: number): FoundCases {
  const fallOf = ({ mask, reclm }: SmoothedPair): number => mask.share - reclm.share;
  const less = pairs.filter((pair) => fallOf(pair) > 0);
  const more = pairs.filter((pair) => fallOf(pair) < 0).length;
  const mean = (of: "mask" | "reclm"): string =>
    pairs.length === 0 ? "—" : percent(pairs.reduce((sum, pair) => sum + pair[of].share, 0) / pairs.length);
  return {
    rows: [...less]
      .sort((a, b) => fallOf(b) - fallOf(a))
      .slice(0, limit)
      .map(({ user, mask, reclm }) => ({
        user,
        "by Mask": mask.text,
        "neighbours only": percent(mask.share),
        "by RecLM": reclm.text,
        "neighbours only, RecLM": percent(reclm.share),
      })),
    note: [
      `Of ${pairs.length} users with both profiles ${less.length} have a smaller share of terms that only neighbours bear out by RecLM,`,
      `${more} a larger one, ${pairs.length - less.length - more} the same; on average ${mean("mask")} by Mask, ${mean("reclm")} by RecLM.`,
    ].join(" "),
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;
}
