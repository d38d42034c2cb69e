import type { TestView } from "../../data";
import { evaluate, type AccuracyResult, type Scorer } from "../../metrics";
import type { PerSetting, Trained } from "../../recommenders";
import type { Accuracy, Setting } from "../paper/accuracy";

/** Mean accuracy over test users in both settings, each by its own scorer. */
export function testAccuracies(
  view: TestView,
  scorers: Readonly<Record<Setting, Scorer>>,
): Readonly<Record<Setting, Accuracy>> {
  const { fullShot, zeroShot } = testResults(view, scorers);
  return { fullShot: fullShot.mean, zeroShot: zeroShot.mean };
}

/** The same with every test user's. */
export function testResults(
  view: TestView,
  scorers: Readonly<Record<Setting, Scorer>>,
): Readonly<Record<Setting, AccuracyResult>> {
  return {
    fullShot: evaluate(scorers.fullShot, view.fullShot),
    zeroShot: evaluate(scorers.zeroShot, view.zeroShot),
  };
}

/** The same of the models that were fitted for the settings. */
export function fittedResults(
  view: TestView,
  { fullShot, zeroShot }: PerSetting<Trained>,
): Readonly<Record<Setting, AccuracyResult>> {
  return testResults(view, { fullShot: fullShot.scorer, zeroShot: zeroShot.scorer });
}
