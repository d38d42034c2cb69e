import { matrixOf, rowOf, type Matrix } from "../../core";
import { profileText, type ProfileSet } from "../../data";
import { coverageOf } from "../../profiles";
import { dataStage, type PreparedData } from "../data/dataStage";
import { encodeProfiles } from "../data/embeddings";
import type { Experiment } from "../experiment";
import type { Profiles } from "./profileStage";
import type { VariantQuality } from "./qualityStage";

/** The measures of each variant on users never seen in tuning, one row a variant. */
export function qualityRows(quality: readonly VariantQuality[]): readonly Readonly<Record<string, string | number>>[] {
  return quality.map((q) => {
    const { terms, own, neighboursOnly, neither, typical } = q.grounding;
    const share = (count: number): string => (terms > 0 ? (count / terms).toFixed(2) : "—");
    return {
      variant: q.variant,
      n: q.format.n,
      "in format": `${q.format.share.toFixed(2)} [${q.format.low.toFixed(2)}, ${q.format.high.toFixed(2)}]`,
      distinct: text(q.distinct),
      "terms shared with own teacher": text(q.shared.own),
      "with a shuffled teacher": text(q.shared.shuffled),
      "grounded in own items": share(own),
      "typical of own items": share(typical),
      "neighbours only": share(neighboursOnly),
      neither: share(neither),
      "titles not in the catalogue": q.titles.claimed > 0 ? `${q.titles.corrupted} of ${q.titles.claimed}` : "—",
      "mean rank of own history": q.retrieval ? q.retrieval.meanRank.toFixed(1) : "—",
      "permuted profiles": q.permuted ? q.permuted.meanRank.toFixed(1) : "—",
      pool: q.retrieval?.pool ?? 0,
    };
  });
}

/** Shares for bars with intervals: strict format of each variant. */
export function formatBars(quality: readonly VariantQuality[]): readonly {
  readonly measure: string;
  readonly bars: readonly {
    readonly variant: string;
    readonly share: number;
    readonly low: number;
    readonly high: number;
  }[];
}[] {
  const bars = quality.map(({ variant, format: { share, low, high } }) => ({ variant, share, low, high }));
  return [{ measure: "complete format", bars }];
}

/** Where each variant's terms come from, for stacked bars. */
export function groundingRows(quality: readonly VariantQuality[]): readonly {
  readonly variant: string;
  readonly own: number;
  readonly neighboursOnly: number;
  readonly neither: number;
  readonly terms: number;
}[] {
  return quality
    .filter(({ grounding }) => grounding.terms > 0)
    .map(({ variant, grounding: { own, neighboursOnly, neither, terms } }) => ({
      variant,
      own: own / terms,
      neighboursOnly: neighboursOnly / terms,
      neither: neither / terms,
      terms,
    }));
}

/** Some profiles of a set with the names of their owners. */
export function profileRows(
  data: PreparedData,
  set: ProfileSet,
  indices: readonly number[],
): readonly { readonly who: string; readonly profile: string }[] {
  return indices.map((index) => {
    const profile = set.profiles[index];
    const who = set.side === "user" ? `user ${data.interactions.userIds[index]}` : data.catalogue.item(index).title;
    return { who, profile: profile ? profileText(profile, set.side) : "(nothing usable was written)" };
  });
}

/** How many users and items got a profile. */
export function coverageRows(profiles: Profiles): readonly Readonly<Record<string, string | number>>[] {
  return [profiles.user, profiles.item].map(({ set, answers }) => {
    const { total, written } = coverageOf(set);
    const inFormat = answers.filter((answer) => answer.completeAtFirst).length;
    return { side: set.side, total, written, "in format at first": inFormat, asked: answers.length };
  });
}

function text(value: number | null): string {
  return value === null ? "—" : value.toFixed(2);
}

/** Embeddings of several groups in one matrix, for a map. */
export interface GroupedVectors {
  readonly matrix: Matrix;
  readonly groups: readonly {
    readonly name: string;
    /** Rows of the matrix. */
    readonly rows: readonly number[];
    readonly labels: readonly string[];
    /** Places in the group that are named on the map. */
    readonly named: readonly number[];
  }[];
}

/** The text embeddings of all profiles, users' and warm and cold items' apart; one user is named. */
export async function profileVectors(
  experiment: Experiment,
  profiles: Profiles,
  user: number,
): Promise<GroupedVectors> {
  const data = await dataStage.read(experiment);
  const cold = new Set(data.coldItems);
  const written = (set: ProfileSet): readonly number[] => set.profiles.flatMap((profile, at) => (profile ? [at] : []));
  const [users, items] = [written(profiles.user.set), written(profiles.item.set)];
  const parts = [
    await encodeProfiles(experiment, profiles.user.set),
    await encodeProfiles(experiment, profiles.item.set),
  ] as const;
  const chosen = [
    { name: "users", side: parts[0], indices: users, nameOf: (at: number) => `user ${data.interactions.userIds[at]}` },
    { name: "warm items", side: parts[1], indices: items.filter((item) => !cold.has(item)), nameOf: titleOf(data) },
    { name: "cold items", side: parts[1], indices: items.filter((item) => cold.has(item)), nameOf: titleOf(data) },
  ];
  const matrix = matrixOf(users.length + items.length, parts[0].cols);
  let row = 0;
  const groups = chosen.map(({ name, side, indices, nameOf }) => {
    const rows = indices.map((index) => {
      rowOf(matrix, row).set(rowOf(side, index));
      return row++;
    });
    return {
      name,
      rows,
      labels: indices.map(nameOf),
      named: name === "users" ? [indices.indexOf(user)].filter((at) => at >= 0) : [],
    };
  });
  return { matrix, groups: groups.filter(({ rows }) => rows.length > 0) };
}

function titleOf(data: PreparedData): (item: number) => string {
  return (item) => data.catalogue.item(item).title;
}
