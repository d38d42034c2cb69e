import type { Progress, ProgressState } from "../core";
import { ppoCurves, type PpoCurveStep } from "../figures";
import { liveCurves, type LiveValues } from "./liveCurves";

/** What PPO's progress calls the numbers of the six panels. */
const names = {
  score: "score",
  sequenceKl: "KL",
  entropy: "entropy",
  clipShare: "clip share",
  responseLength: "length",
  endOfTurnShare: "end of turn",
} as const;

/**
 * A progress that draws PPO's six curves under the cell while it runs; updates of other jobs go to `inner` alone.
 *
 * @example const reclm = await policyStage.run(experiment, { progress: ppoLive(progressBar()), signal });
 */
export function ppoLive(inner: Progress): Progress {
  const live = liveCurves({
    inner,
    draw: (values) => ppoCurves({ runs: [{ name: "RecLM", steps: values.map(stepOf) }], title: "PPO, live" }),
  });
  return (state) => (isPpo(state) ? live(state) : inner(state));
}

function isPpo({ values = {} }: ProgressState): boolean {
  return Object.values(names).every((name) => name in values);
}

function stepOf(values: LiveValues): PpoCurveStep {
  const of = (name: string): number => values[name]!;
  return {
    step: of("step"),
    score: of(names.score),
    sequenceKl: of(names.sequenceKl),
    entropy: of(names.entropy),
    clipShare: of(names.clipShare),
    responseLength: of(names.responseLength),
    endOfTurnShare: of(names.endOfTurnShare),
  };
}
