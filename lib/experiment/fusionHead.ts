import type { JobControl } from "../core";
import { evaluate, type Scorer } from "../metrics";
import {
  coldBlend,
  headInputs,
  lateHead,
  trainForEpochs,
  type Features,
  type Fitted,
  type HeadPenalties,
  type LateHead,
  type RecommenderDefinition,
  type TrainingOptions,
} from "../recommenders";
import type { PreparedData } from "./dataStage";
import type { FusionVectors } from "./fusionVectors";
import type { Accuracy, Setting } from "./table1";
import { testAccuracies } from "./testAccuracies";

/** What trains Base again, on the validation cut. */
export interface BaseJob {
  readonly definition: RecommenderDefinition;
  readonly features: Features;
  readonly options: TrainingOptions;
}

const penalties = [1, 10, 100] as const;
const weights = [0.25, 0.5, 1, 2, 4] as const;

/** A choice of the head's three numbers. */
interface HeadChoice {
  readonly penalties: HeadPenalties;
  readonly weight: number;
}

/** Base with the closed-form head on its cold items; penalties and weight are chosen on validation items that are cold too. */
export async function headAccuracy(
  data: PreparedData,
  vectors: FusionVectors,
  base: Fitted,
  { definition, features, options }: BaseJob,
  { signal }: JobControl,
): Promise<Readonly<Record<Setting, Accuracy>>> {
  const { trainView, wholeSet, testView, itemText, coldItems } = data;
  const users = headInputs([vectors.whole.users]);
  const items = headInputs([itemText, vectors.whole.items]);
  const stop = signal ? { signal } : {};
  const cut = await trainForEpochs(definition, trainView, features, base.choice.epochs, options, stop);
  const onCut = await lateHead(trainView.train, users, items);
  const choice = chosen(onCut, cut.zeroShot.scorer, data);
  const head = (await lateHead(wholeSet.train, users, items)).scorer(choice.penalties);
  const blended = (main: Scorer): Scorer => coldBlend(main, head, choice.weight, coldItems);
  const { fullShot, zeroShot } = base.models;
  return testAccuracies(testView, { fullShot: blended(fullShot.scorer), zeroShot: blended(zeroShot.scorer) });
}

/** The best Recall@20 on validation's own cold items; of equals the first. */
function chosen(head: LateHead, main: Scorer, { trainView }: PreparedData): HeadChoice {
  const { zeroShot } = trainView.validation;
  let best: HeadChoice = { penalties: { user: 10, item: 10 }, weight: 1 };
  // A sample may have no validation pair on a cold item.
  if (zeroShot.positives.columns.length === 0) return best;
  let recall = -1;
  for (const user of penalties) {
    for (const item of penalties) {
      const scorer = head.scorer({ user, item });
      for (const weight of weights) {
        const { mean } = evaluate(coldBlend(main, scorer, weight, zeroShot.candidates), zeroShot);
        if (mean.recall20 <= recall) continue;
        recall = mean.recall20;
        best = { penalties: { user, item }, weight };
      }
    }
  }
  return best;
}
