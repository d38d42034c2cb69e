import type { Profile } from "../../data";
import { meanTexts } from "../../metrics";
import { permutedRetrieval, retrievalOf } from "../../profiles";
import { dataStage } from "../data/dataStage";
import { encodeProfiles } from "../data/embeddings";
import type { Experiment } from "../experiment";

/** Ranks of users' own histories (1 is best) among a pool. */
export interface RetrievalSummary {
  readonly ranks: readonly number[];
  readonly meanRank: number;
  readonly hitsAt10: number;
  readonly pool: number;
}

/** Whether profiles find their users' own histories by embedding, and permuted ones do; null with fewer than two profiles. */
export async function retrievalSummaries(
  experiment: Experiment,
  users: readonly number[],
  profiles: readonly (Profile | undefined)[],
): Promise<{ readonly retrieval: RetrievalSummary | null; readonly permuted: RetrievalSummary | null }> {
  const written = users.filter((_, at) => profiles[at] !== undefined);
  if (written.length < 2) return { retrieval: null, permuted: null };
  const set = { side: "user", writer: "", profiles: profiles.filter((profile) => profile !== undefined) } as const;
  const embeddings = await encodeProfiles(experiment, set);
  const data = await dataStage.read(experiment);
  const lists = written.map((user) => data.histories[user]!);
  const histories = meanTexts(lists, data.itemText);
  const seed = experiment.seed;
  return {
    retrieval: summary(retrievalOf(embeddings, histories, seed)),
    permuted: summary(permutedRetrieval(embeddings, histories, seed)),
  };
}

function summary({ ranks, meanRank, hitsAt10, pool }: ReturnType<typeof retrievalOf>): RetrievalSummary {
  return { ranks: Array.from(ranks), meanRank, hitsAt10, pool };
}
