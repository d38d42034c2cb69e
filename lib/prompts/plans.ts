// Departures from the authors' make_dataset.py: "No" items are drawn among the similar users' items without any known pair of
// the target (theirs can be true interactions cut from the list); a "Yes" item is drawn among those that similar users have,
// where they draw first and drop the user when it misses; whoever cannot be asked is reported; a share of the
// dialogues may ask for the target's profile alone (`targetShare`), which theirs never do. Declared: the base rates behind
// statistics lines count the pair (target, candidate) as one among all training pairs.
import { hasEntry, prngOf, randomInt, shuffled, type Csr } from "../core";
import { neighboursOf, type Neighbours } from "../data";
import { without, type Histories } from "./history";

/** One two-turn dialogue before it is put into words: whom it is about, and what the second turn asks. */
export interface DialoguePlan {
  readonly target: number;
  /** The target's training items without the candidate, oldest first: the list shown, its statistics and its profile. */
  readonly history: Int32Array;
  /** Users shown beside the target, nearest first. */
  readonly neighbours: readonly number[];
  /** The item of the second turn; it stands in the history of at least one shown neighbour. */
  readonly candidate: number;
  readonly answer: "Yes" | "No";
  /** Whose profiles the first turn asks for: of everyone shown, as in the paper, or of the target alone, as inference does. */
  readonly asksFor: "all" | "target";
}

/** The users whose profiles a plan's first turn answers with, target first. */
export function profiledUsers({ target, neighbours, asksFor }: DialoguePlan): readonly number[] {
  return asksFor === "target" ? [target] : [target, ...neighbours];
}

/** Plans with their balance, and the users that none could be made for. */
export interface DialoguePlans {
  readonly plans: readonly DialoguePlan[];
  readonly yes: number;
  readonly no: number;
  readonly unable: readonly { readonly user: number; readonly reason: string }[];
}

/** Whom dialogues are about, what they may show and ask, and how they are drawn. */
export interface PlanOptions {
  readonly targets: readonly number[];
  readonly histories: Histories;
  /**
   * From a recommender trained on the same training pairs; where it saw the edge (target, candidate) the neighbours owe
   * something to it. To avoid that, draw `heldOut` first and train the recommender without those pairs.
   */
  readonly neighbours: Neighbours;
  /** How many of them a prompt shows. */
  readonly neighbourCount: number;
  /**
   * [U x I] every pair that must not be asked with the answer "No": all pairs known of the data set, also validation and test
   * pairs and low ratings. They are used for nothing else: a pair that is later tested appears in no prompt.
   */
  readonly known: Csr;
  readonly seed: number;
  /** Share of the dialogues that ask for the target's profile alone, 0..1, rounded down to whole dialogues; default 0. */
  readonly targetShare?: number;
  /** [U] the only item a user's "Yes" may ask for, or -1 for none; absent: any of the training items. */
  readonly heldOut?: Int32Array;
}

interface Choices {
  readonly target: number;
  readonly neighbours: readonly number[];
  readonly yes: readonly number[];
  readonly no: readonly number[];
}

/**
 * Chooses a candidate for each target (second turn, Eq. 4): half of the dialogues ask for an item taken out of the
 * target's history ("Yes"), half for an item the target has no known pair with ("No"). Both kinds stand in the training
 * history of a shown neighbour, so that being there does not tell them apart.
 *
 * Exactly balanced (a difference of at most 1) unless users with only one kind of candidate prevent it. Which label a
 * user gets is drawn by seed; `plans` keep the order of `targets`.
 */
export function planDialogues(options: PlanOptions): DialoguePlans {
  const unable: { user: number; reason: string }[] = [];
  const able: Choices[] = [];
  for (const target of options.targets) {
    const choices = choicesOf(target, options);
    if (typeof choices === "string") unable.push({ user: target, reason: choices });
    else able.push(choices);
  }
  const answers = balancedAnswers(able, options.seed);
  const alone = new Set(targetOnly(able.length, options));
  const plans = able.map((choices, at): DialoguePlan => {
    const answer = answers[at]!;
    const pool = answer === "Yes" ? choices.yes : choices.no;
    const candidate = pool[randomInt(prngOf(options.seed, "candidate", choices.target), pool.length)]!;
    const history = without(options.histories[choices.target]!, candidate);
    const asksFor = alone.has(at) ? "target" : "all";
    return { target: choices.target, history, neighbours: choices.neighbours, candidate, answer, asksFor };
  });
  const yes = answers.filter((answer) => answer === "Yes").length;
  return { plans, yes, no: plans.length - yes, unable };
}

/** Places of the dialogues that ask for the target alone, drawn by seed. */
function targetOnly(count: number, { targetShare = 0, seed }: PlanOptions): readonly number[] {
  if (!(targetShare >= 0 && targetShare <= 1))
    throw new RangeError(`Cannot plan dialogues with targetShare ${targetShare}: it lies between 0 and 1`);
  const places = Array.from({ length: count }, (_, at) => at);
  return shuffled(places, prngOf(seed, "target only")).slice(0, Math.floor(targetShare * count));
}

function choicesOf(target: number, options: PlanOptions): Choices | string {
  const { histories, known, heldOut } = options;
  const own = histories[target];
  if (!own || own.length < 2) return "fewer than two training items: nothing would be left to show";
  const neighbours = shownNeighbours(options.neighbours, histories, target, options.neighbourCount);
  if (neighbours.length === 0) return "no similar user with a training history";
  const theirs = new Set(neighbours.flatMap((user) => Array.from(histories[user]!)));
  const yes = Array.from(own).filter((item) => theirs.has(item) && (!heldOut || heldOut[target] === item));
  const mine = new Set(own);
  const no = Array.from(theirs).filter((item) => !mine.has(item) && !hasEntry(known, target, item));
  if (yes.length + no.length === 0) return "no item of the similar users can be asked";
  return { target, neighbours, yes: yes.sort((a, b) => a - b), no: no.sort((a, b) => a - b) };
}

/** The nearest `count` neighbours that have a training history. */
export function shownNeighbours(
  neighbours: Neighbours,
  histories: Histories,
  user: number,
  count: number,
): readonly number[] {
  return neighboursOf(neighbours, user)
    .filter((other) => histories[other]!.length > 0)
    .slice(0, count);
}

function balancedAnswers(able: readonly Choices[], seed: number): ("Yes" | "No")[] {
  const answers = able.map(({ yes, no }): "Yes" | "No" | undefined =>
    no.length === 0 ? "Yes" : yes.length === 0 ? "No" : undefined,
  );
  const fixedYes = answers.filter((answer) => answer === "Yes").length;
  const open = answers.flatMap((answer, at) => (answer === undefined ? [at] : []));
  const prng = prngOf(seed, "answers");
  const half = able.length % 2 === 0 ? able.length / 2 : Math.floor(able.length / 2) + randomInt(prng, 2);
  const openYes = Math.min(open.length, Math.max(0, half - fixedYes));
  shuffled(open, prng).forEach((at, rank) => {
    answers[at] = rank < openYes ? "Yes" : "No";
  });
  return answers as ("Yes" | "No")[];
}

/** One training item a user, drawn by seed, to be taken out before neighbours are computed; -1 for users with fewer than two. */
export function drawHeldOut(histories: Histories, seed: number): Int32Array {
  return Int32Array.from(histories, (history, user) =>
    history.length < 2 ? -1 : history[randomInt(prngOf(seed, "held out", user), history.length)]!,
  );
}
