import type { Evaluation } from "../../data";
import { evaluate, type AccuracyResult, type Scorer } from "../../metrics";
import {
  coldBlend,
  headInputs,
  lateHead,
  type HeadPenalties,
  type LateHead,
  type PerSetting,
  type Trained,
} from "../../recommenders";
import type { PreparedData } from "../data/dataStage";
import type { FusionVectors } from "./fusionVectors";
import type { Setting } from "../paper/accuracy";
import { testResults } from "../recommenders/testAccuracies";

/** Base on all of training, and with the same epochs on the validation cut. */
export interface HeadBases {
  readonly whole: PerSetting<Trained>;
  readonly cut: PerSetting<Trained>;
}

const penalties = [1, 10, 100] as const;
/** The first leaves Base as it is. */
const weights = [0, 0.25, 0.5, 1, 2, 4] as const;

/** A choice of the head's three numbers. */
interface HeadChoice {
  readonly penalties: HeadPenalties;
  readonly weight: number;
}

/**
 * Base with the closed-form head on its cold items; penalties and weight are chosen for each setting on its validation, in which
 * some items are cold too: among warm items a weight that is right among cold ones alone would put every cold item first.
 */
export async function headAccuracy(
  data: PreparedData,
  vectors: FusionVectors,
  bases: HeadBases,
): Promise<Readonly<Record<Setting, AccuracyResult>>> {
  const { trainView, wholeSet, testView, itemText, coldItems } = data;
  const users = headInputs([vectors.whole.users]);
  const items = headInputs([itemText, vectors.whole.items]);
  const onCut = await lateHead(trainView.train, users, items);
  const { validation } = trainView;
  const cold = validation.zeroShot.candidates;
  const headOf = await lateHead(wholeSet.train, users, items);
  const blended = (setting: Setting): Scorer => {
    const choice = chosen(onCut, bases.cut[setting].scorer, validation[setting], cold);
    return coldBlend(bases.whole[setting].scorer, headOf.scorer(choice.penalties), choice.weight, coldItems);
  };
  return testResults(testView, { fullShot: blended("fullShot"), zeroShot: blended("zeroShot") });
}

/** The best Recall@20 on validation; of equals the first. */
function chosen(head: LateHead, main: Scorer, validation: Evaluation, coldItems: Int32Array): HeadChoice {
  let best: HeadChoice = { penalties: { user: 10, item: 10 }, weight: 1 };
  // A sample may have no validation pair on a cold item.
  if (validation.positives.columns.length === 0) return best;
  let recall = -1;
  for (const user of penalties) {
    for (const item of penalties) {
      const scorer = head.scorer({ user, item });
      for (const weight of weights) {
        const { mean } = evaluate(coldBlend(main, scorer, weight, coldItems), validation);
        if (mean.recall20 <= recall) continue;
        recall = mean.recall20;
        best = { penalties: { user, item }, weight };
      }
    }
  }
  return best;
}
