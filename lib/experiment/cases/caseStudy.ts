import { columnsOf, gatherRows, labelled, withDisposal, type JobControl } from "../../core";
import { openTokenizer } from "../../llm";
import { cosine, factsOfTerm, termTracer, type TermSource } from "../../profiles";
import { readProfile } from "../../prompts";
import { recommenders, trainRecommender, type Recommendations, type RecommenderName } from "../../recommenders";
import { scoreSequences } from "../../tuning";
import { recommendationsOf } from "../recommenders/baseModel";
import { dataStage, type PreparedData } from "../data/dataStage";
import { encodeProfiles } from "../data/embeddings";
import type { Experiment } from "../experiment";
import { groundingSource } from "../profiles/groundingCases";
import { promptSourceOf } from "../instructions/instructionStage";
import { neighbourStage } from "../data/neighbourStage";
import { answersBy } from "../profiles/policyViews";
import { profileStage, type Profiles } from "../profiles/profileStage";
import { loadRewardBase, rewardStage } from "../reinforcement/rewardStage";
import { answeredIds } from "../reinforcement/rewardText";
import { table1Vectors } from "../tables/table1Vectors";
import { table1Stage } from "../tables/table1Stage";
import { openTokenCounter } from "../instructions/tokenCounter";
import { table1Options } from "../tables/trainings";
import { userPrompts } from "../instructions/userPrompts";
import type { Variant } from "../tuning/variants";

/** A piece of a profile; a term has the source it was traced to. */
export interface TracedPiece {
  readonly text: string;
  readonly source?: TermSource;
  readonly title?: string;
}

/** What one variant says of a user. */
export interface CaseProfile {
  readonly variant: Variant;
  readonly text: string;
  readonly pieces: readonly TracedPiece[];
  /** Normalised reward of the text as an answer to the policy's prompt; undefined for a user whom that prompt cannot show. */
  readonly reward: number | undefined;
}

/** Figure 4: a user's profile by each variant, its terms traced to the user's own items, to a neighbour's, or to neither. */
export async function caseProfiles(
  experiment: Experiment,
  user: number,
  variants: readonly Variant[],
  control: JobControl = {},
): Promise<readonly CaseProfile[]> {
  const { index, caseOf } = await groundingSource(experiment);
  const trace = termTracer(caseOf(user, undefined), index);
  const texts: string[] = [];
  for (const variant of variants) texts.push((await answersBy(experiment, variant, [user]))[0]!);
  const rewards = await rewardsOf(experiment, user, texts, labelled(control, "rewards"));
  return variants.map((variant, at) => {
    const text = texts[at]!;
    const titleOf = (term: string): string =>
      factsOfTerm(term, index).facts.join(", ") || "says nothing that items confirm";
    return { variant, text, pieces: tracedPieces(text, trace, titleOf), reward: rewards?.[at] };
  });
}

/** A text cut at the terms that stand in square brackets. */
export function tracedPieces(
  text: string,
  trace: (term: string) => TermSource,
  titleOf: (term: string) => string,
): readonly TracedPiece[] {
  return text.split(/(\[[^\]]*\])/).flatMap((part): readonly TracedPiece[] => {
    if (part === "") return [];
    const term = /^\[([^\]]*)\]$/.exec(part)?.[1];
    return [term === undefined ? { text: part } : { text: part, source: trace(term), title: titleOf(term) }];
  });
}

async function rewardsOf(
  experiment: Experiment,
  user: number,
  texts: readonly string[],
  control: JobControl,
): Promise<readonly number[] | undefined> {
  const { reward } = await rewardStage.read(experiment);
  const source = await promptSourceOf(experiment);
  const { neighbours } = await neighbourStage.read(experiment);
  return withDisposal(async (hold) => {
    const counter = await hold(openTokenCounter(experiment));
    const tokenizer = await hold(openTokenizer(experiment.model.path));
    const base = await hold(loadRewardBase(experiment));
    const messages = userPrompts(experiment, source, counter.countTokens, { neighbours })(user);
    if (!messages) return undefined;
    const sequences = texts.map((content) => answeredIds(tokenizer, messages, content));
    return Array.from(await scoreSequences(base, reward, sequences, { control }));
  });
}

/** One row a variant: its reward, and how many of its terms come from where. */
export function caseRows(profiles: readonly CaseProfile[]): readonly Readonly<Record<string, string | number>>[] {
  return profiles.map(({ variant, text, pieces, reward }) => {
    const count = (source: TermSource): number => pieces.filter((piece) => piece.source === source).length;
    return {
      variant,
      "in format": readProfile(text).profile ? "yes" : "no",
      reward: reward === undefined ? "—" : reward.toFixed(2),
      "own items": count("own"),
      "a neighbour's only": count("neighbour"),
      neither: count("neither"),
    };
  });
}

/** A recommender of Table 1 without and with profiles, trained again up to its chosen full-shot epoch. */
export async function beforeAndAfter(
  experiment: Experiment,
  name: RecommenderName,
  control: JobControl = {},
): Promise<{ readonly before: Recommendations; readonly after: Recommendations; readonly profiles: Profiles }> {
  const data = await dataStage.read(experiment);
  const profiles = await profileStage.read(experiment);
  const { curves } = await table1Stage.read(experiment);
  const rows = await table1Vectors(experiment, data, profiles);
  const trained = async (isMeant: (variant: string) => boolean): Promise<Recommendations> => {
    const row = rows.find(({ variant }) => isMeant(variant))!;
    const curve = curves.find((each) => each.recommender === name && each.variant === row.variant && each.seed === 1)!;
    const options = table1Options(experiment, name, 1);
    const definition = recommenders[name](row.augment);
    const epochs = curve.choice.epochs.fullShot;
    const model = await trainRecommender(definition, data.wholeSet, row.features, epochs, options, control);
    return recommendationsOf(model, data);
  };
  const before = await trained((variant) => variant === "Base");
  return { before, after: await trained((variant) => variant.startsWith("Augmented")), profiles };
}

/** The best items of both lists: place before and after, whether the user took it, and how close profile and item profile are. */
export async function movedRows(
  experiment: Experiment,
  { before, after, profiles }: Awaited<ReturnType<typeof beforeAndAfter>>,
  user: number,
  n: number,
): Promise<readonly Readonly<Record<string, string | number>>[]> {
  const data = await dataStage.read(experiment);
  const [places, later] = [placesOf(before, user), placesOf(after, user)];
  const items = [...new Set([...after.topN(user, n), ...before.topN(user, n)].map(({ item }) => item))];
  items.sort((a, b) => later[a]! - later[b]!);
  const own = gatherRows(await encodeProfiles(experiment, profiles.user.set), [user]);
  const theirs = await encodeProfiles(experiment, profiles.item.set);
  const [taken, cold] = [new Set(columnsOf(data.split.test, user)), new Set(data.coldItems)];
  return items.map((item) => ({
    title: data.catalogue.item(item).title,
    before: places[item]!,
    after: later[item]!,
    moved: arrow(places[item]! - later[item]!),
    cold: cold.has(item) ? "cold" : "",
    "in the test": taken.has(item) ? "taken" : "",
    "cosine of profiles": cosineText(own.data, gatherRows(theirs, [item]).data),
  }));
}

/** [I] the place of each item in a user's list, from 1; items that the user has seen stand last. */
function placesOf(model: Recommendations, user: number): readonly number[] {
  const places = new Array<number>(model.state.items.rows).fill(model.state.items.rows);
  model.topN(user, model.state.items.rows).forEach(({ item }, at) => (places[item] = at + 1));
  return places;
}

function arrow(up: number): string {
  return up === 0 ? "=" : `${up > 0 ? "↑" : "↓"} ${Math.abs(up)}`;
}

/** A dash where one of them has no profile. */
function cosineText(a: Float32Array, b: Float32Array): string {
  return a.some(Boolean) && b.some(Boolean) ? cosine(a, b).toFixed(2) : "—";
}

/** A user's training items, newest first, with what is known of them. */
export function historyRows(
  { histories, catalogue }: PreparedData,
  user: number,
): readonly Readonly<Record<string, string | number>>[] {
  return [...histories[user]!].reverse().map((item) => {
    const { title, year, categories } = catalogue.item(item);
    return { title, year: year ?? "", categories: categories.join(", ") };
  });
}
