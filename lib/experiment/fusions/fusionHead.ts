import { type Csr, type Matrix } from "../../core";
import type { Evaluation } from "../../data";
import { evaluate, historyMeanText, type AccuracyResult, type Scorer } from "../../metrics";
import {
  coldBlend,
  coldBlends,
  headInputs,
  lateHead,
  standardScores,
  type HeadPenalties,
  type LateHead,
  type PerSetting,
  type Trained,
} from "../../recommenders";
import type { PreparedData } from "../data/dataStage";
import type { VectorPair, WholeAndCut } from "./fusionVectors";
import type { Setting } from "../paper/accuracy";
import { testResults } from "../recommenders/testAccuracies";

/**
 * What a head is given of users, and of items beside their text: both sides' profiles, or users' profiles beside the mean text of
 * their items, so that the profile must say what the history does not.
 */
export type HeadInputs = "profiles" | "profiles and history";

const penalties = [1, 10, 100, 1000] as const;
/** The first leaves Base as it is. */
const weights = [0, 0.25, 0.5, 1, 2, 4] as const;

/** A choice of the head's three numbers. */
interface HeadChoice {
  readonly penalties: HeadPenalties;
  readonly weight: number;
}

/** Both heads of one kind of vectors; nothing in them is drawn. */
export async function fittedHeads(
  { trainView, wholeSet, itemText }: PreparedData,
  { whole, cut }: WholeAndCut<VectorPair>,
  inputs: HeadInputs,
): Promise<WholeAndCut<LateHead>> {
  return {
    whole: await headOf(wholeSet.train, itemText, whole, inputs),
    cut: await headOf(trainView.train, itemText, cut, inputs),
  };
}

/**
 * Base with the closed-form head on its cold items; penalties and weight are chosen for each setting on its validation, in which
 * some items are cold too: among warm items a weight that is right among cold ones alone would put every cold item first. `bases`
 * have the same epochs.
 */
export function headAccuracy(
  { trainView, testView, coldItems }: PreparedData,
  heads: WholeAndCut<LateHead>,
  bases: WholeAndCut<PerSetting<Trained>>,
): Readonly<Record<Setting, AccuracyResult>> {
  const { validation } = trainView;
  const cold = validation.zeroShot.candidates;
  const blended = (setting: Setting): Scorer => {
    const choice = chosen(heads.cut, bases.cut[setting].scorer, validation[setting], cold);
    return coldBlend(bases.whole[setting].scorer, heads.whole.scorer(choice.penalties), choice.weight, coldItems);
  };
  return testResults(testView, { fullShot: blended("fullShot"), zeroShot: blended("zeroShot") });
}

function headOf(train: Csr, itemText: Matrix, { users, items }: VectorPair, inputs: HeadInputs): Promise<LateHead> {
  if (inputs === "profiles") return lateHead(train, headInputs([users]), headInputs([itemText, items]));
  // A cold item's profile is written from those of items with a similar text: beside the text it has nothing to add.
  return lateHead(train, headInputs([historyMeanText(train, itemText), users]), headInputs([itemText]));
}

/** The best Recall@20 on validation; of equals the first. */
function chosen(head: LateHead, main: Scorer, validation: Evaluation, coldItems: Int32Array): HeadChoice {
  let best: HeadChoice = { penalties: { user: 10, item: 10 }, weight: 1 };
  // A sample may have no validation pair on a cold item.
  if (validation.positives.columns.length === 0) return best;
  let recall = -1;
  const standard = remembered(standardScores(main));
  for (const user of penalties) {
    for (const item of penalties) {
      const scores = remembered(standardScores(head.scorer({ user, item })));
      const blended = coldBlends(standard, scores, coldItems);
      for (const weight of weights) {
        const { mean } = evaluate(blended(weight), validation);
        if (mean.recall20 <= recall) continue;
        recall = mean.recall20;
        best = { penalties: { user, item }, weight };
      }
    }
  }
  return best;
}

/** A scorer of one evaluation that computes each block of users once: weights are compared on the same scores. */
function remembered(scorer: Scorer): Scorer {
  const blocks = new Map<number, Matrix>();
  return {
    scores(users, candidates) {
      const first = users[0] ?? -1;
      const known = blocks.get(first);
      if (known) return known;
      const scores = scorer.scores(users, candidates);
      blocks.set(first, scores);
      return scores;
    },
  };
}
