import type { JobControl } from "../../core";
import { policyEvidenceStageOf, type PolicyEvidence } from "./evidenceStage";
import type { Experiment } from "../experiment";
import { policyStageOf, type TunedPolicy } from "../reinforcement/policyStage";
import type { Stage } from "../stage";

/** The stages of all of PPO's runs: each policy and its evidence. */
export function policyRunStages(experiment: Experiment): readonly Stage<unknown>[] {
  return runsOf(experiment).flatMap((k) => [policyStageOf(k), policyEvidenceStageOf(k)]);
}

function runsOf({ preset }: Experiment): readonly number[] {
  return Array.from({ length: preset.ppo.seeds }, (_, k) => k);
}

/** PPO's runs after the first, as many as the preset asks for. */
export function furtherPolicies(experiment: Experiment, control: JobControl = {}): Promise<readonly TunedPolicy[]> {
  return furtherRuns(experiment, policyStageOf, control);
}

/** The evidence of PPO's runs after the first. */
export function furtherEvidence(experiment: Experiment, control: JobControl = {}): Promise<readonly PolicyEvidence[]> {
  return furtherRuns(experiment, policyEvidenceStageOf, control);
}

async function furtherRuns<T>(
  experiment: Experiment,
  stageOf: (k: number) => Stage<T>,
  control: JobControl,
): Promise<readonly T[]> {
  const made: T[] = [];
  for (let k = 1; k < experiment.preset.ppo.seeds; k++) made.push(await stageOf(k).run(experiment, control));
  return made;
}

/** The evidence of all of PPO's runs, as it was found before. */
export function policyEvidence(experiment: Experiment): Promise<readonly PolicyEvidence[]> {
  return Promise.all(runsOf(experiment).map((k) => policyEvidenceStageOf(k).read(experiment)));
}

/** Runs by name, for curves: "RecLM", "RecLM 2". */
export function namedRuns(
  policies: readonly TunedPolicy[],
): readonly { readonly name: string; readonly steps: TunedPolicy["steps"] }[] {
  return policies.map(({ steps }, k) => ({ name: k === 0 ? "RecLM" : `RecLM ${k + 1}`, steps }));
}
