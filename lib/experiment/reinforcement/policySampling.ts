import type { JobControl } from "../../core";
import {
  answerAll,
  AnswerLedger,
  deferGenerator,
  openGenerator,
  type Answer,
  type LlamaGenerator,
  type Sampling,
} from "../../llm";
import { generatorOptions, ledgerPath } from "../tuning/asking";
import type { Experiment } from "../experiment";

/** How PPO's responses are drawn: by temperature alone, so that log-probabilities are those of the policy that samples. */
export function policySampling({ preset }: Experiment): Sampling {
  const { temperature, maxTokens } = preset.ppo;
  return { temperature, topK: 0, topP: 1, minP: 0, maxTokens };
}

/** Opens the experiment's model with an adapter stack for sampling; dispose of it when done. */
export function openPolicy(
  experiment: Experiment,
  adapterPaths: readonly string[],
  threads: number | "measure" = experiment.preset.generation.threads,
): Promise<LlamaGenerator> {
  return openGenerator({ ...generatorOptions(experiment, adapterPaths), threads });
}

/**
 * Answers of a finished policy, drawn as PPO draws them and kept in the experiment's ledger. The seed of each depends on run and
 * prompt alone, so that two policies answer a prompt with the same draws.
 */
export async function policyAnswers(
  experiment: Experiment,
  adapterPaths: readonly string[],
  prompts: readonly Int32Array[],
  control: JobControl,
): Promise<readonly Answer[]> {
  const ledger = await AnswerLedger.open(ledgerPath(experiment));
  const policy = await deferGenerator(generatorOptions(experiment, adapterPaths));
  try {
    return await answerAll(policy, ledger, prompts, policySampling(experiment), experiment.seed, control);
  } finally {
    await policy.dispose();
  }
}
