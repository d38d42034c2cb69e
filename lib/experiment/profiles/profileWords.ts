import { prngOf } from "../../core";
import type { Profile } from "../../data";
import { distinctShare, sharedWithTeacher } from "../../profiles";
import type { Experiment } from "../experiment";
import { promptSourceOf } from "../instructions/instructionStage";
import { retrievalSummaries, type RetrievalSummary } from "./retrievalSummaries";
import { teachersOf } from "../instructions/teachers";

/** What the words of users' profiles are worth, whoever wrote them; null where too few were written. */
export interface ProfileWords {
  /** Different profiles among all, 0..1. */
  readonly distinct: number | null;
  /** Share of terms that stand in the own teacher profile, and in another user's; over `n` profiles. */
  readonly shared: { readonly own: number | null; readonly shuffled: number | null; readonly n: number };
  /** Rank of the own history among the pool by profile embedding, and the same with profiles permuted. */
  readonly retrieval: RetrievalSummary | null;
  readonly permuted: RetrievalSummary | null;
}

/** Measures profiles beside the teacher's and beside the users' own histories; undefined stands for no profile. */
export async function profileWords(
  experiment: Experiment,
  users: readonly number[],
  profiles: readonly (Profile | undefined)[],
): Promise<ProfileWords> {
  const source = await promptSourceOf(experiment);
  const { user: teacher } = await teachersOf(experiment, source);
  const taught = users.map((user) => teacher.profileOf(user, source.histories[user]!));
  const { own, shuffled, n } = sharedWithTeacher(profiles, taught, prngOf(experiment.seed, "shuffled teacher"));
  return {
    distinct: finite(distinctShare(profiles)),
    shared: { own: finite(own), shuffled: finite(shuffled), n },
    ...(await retrievalSummaries(experiment, users, profiles)),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
