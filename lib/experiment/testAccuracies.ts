import type { TestView } from "../data";
import { evaluate, type Scorer } from "../metrics";
import type { Accuracy, Setting } from "./table1";

/** Mean accuracy over test users in both settings, each by its own scorer. */
export function testAccuracies(
  view: TestView,
  scorers: Readonly<Record<Setting, Scorer>>,
): Readonly<Record<Setting, Accuracy>> {
  return {
    fullShot: evaluate(scorers.fullShot, view.fullShot).mean,
    zeroShot: evaluate(scorers.zeroShot, view.zeroShot).mean,
  };
}
