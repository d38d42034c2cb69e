import { join } from "node:path";
import { labelled, readJson, withDisposal, writeJson, type JobControl, type Json, type StageCodec } from "../../core";
import {
  loadLanguageModel,
  openTokenizer,
  promptIds,
  readAdapterGguf,
  writeAdapterGguf,
  type ChatTokenizer,
  type LanguageModel,
  type ScalarHead,
} from "../../llm";
import type { PreferencePair } from "../../prompts";
import {
  normalised,
  pairAccuracy,
  rewardLora,
  scorePairs,
  scoreSequences,
  tuneReward,
  type PairAccuracy,
  type PairScores,
  type RewardConfig,
  type RewardModel,
  type RewardStep,
} from "../../tuning";
import { distillationStage } from "../tuning/distillationStage";
import { batchInputs } from "../tuning/asking";
import type { Experiment } from "../experiment";
import { maskStage } from "../tuning/maskStage";
import { policyAnswers, policySampling } from "./policySampling";
import { preferenceStage, type Preferences } from "./preferenceStage";
import { pairIds, responseText } from "./rewardText";
import { defineStage, type Stage } from "../stage";
import { adapterStack } from "../tuning/variants";

/**
 * A reward model with how it was tuned, how it is normalised, and what it says of pairs of other users; the distilled model that it
 * stands on may have been taught their profiles.
 */
export interface TunedReward {
  readonly reward: RewardModel;
  /** The adapter's file, to be added to those of GPT_KD. */
  readonly adapterPath: string;
  readonly config: RewardConfig;
  readonly steps: readonly RewardStep[];
  /** Mean and standard deviation of the Mask variant's answers before normalisation, of how many. */
  readonly reference: { readonly mean: number; readonly deviation: number; readonly n: number };
  /** Normalised scores of the first held-out pairs (`Preferences.evaluation`), in their order. */
  readonly judged: readonly PairScores[];
  readonly accuracy: PairAccuracy;
}

/** The reward model (Eq. 6), on the distilled model as the authors' is; judged on users of its own. */
export const rewardStage: Stage<TunedReward> = defineStage<TunedReward, Made>({
  name: "reward",
  version: 1,
  notebook: "07-reward",
  inputs: (experiment) => ({
    preferences: preferenceStage.hash(experiment),
    distilled: distillationStage.hash(experiment),
    mask: maskStage.hash(experiment),
    settings: { ...experiment.preset.reward },
    sampling: { ...policySampling(experiment) },
    ...batchInputs(experiment),
    seed: experiment.seed,
  }),
  codec: rewardCodec(),
  compute: tune,
});

type Made = Omit<TunedReward, "adapterPath">;

async function tune(experiment: Experiment, work: string, control: JobControl): Promise<Made> {
  const preferences = await preferenceStage.read(experiment);
  const settings = experiment.preset.reward;
  const pairs = preferences.evaluation.slice(0, settings.evaluationPairs);
  return withDisposal(async (hold) => {
    const tokenizer = await hold(openTokenizer(experiment.model.path));
    const model = await hold(loadRewardBase(experiment));
    const idsOf = (pair: PreferencePair) => pairIds(tokenizer, pair);
    const config = rewardConfigOf(experiment);
    const { reward: raw, steps } = await tuneReward({
      model,
      pairs: preferences.reward.map(idsOf),
      config,
      seed: experiment.seed,
      workFolder: work,
      control: labelled(control, "reward model"),
    });
    const answers = await referenceScores(experiment, preferences, { tokenizer, model, raw }, control);
    const reward = normalised(raw, answers);
    const scoring = { control: labelled(control, "judging the reward model") };
    const judged = await scorePairs(model, reward, pairs.map(idsOf), scoring);
    const deviation = 1 / reward.gain;
    const reference = { mean: -reward.bias * deviation, deviation, n: answers.length };
    return { reward, config, steps, reference, judged, accuracy: pairAccuracy(judged) };
  });
}

/** What the raw reward model says of answers that the Mask variant, PPO's reference, draws to the policy's prompts. */
async function referenceScores(
  experiment: Experiment,
  preferences: Preferences,
  parts: { readonly tokenizer: ChatTokenizer; readonly model: LanguageModel; readonly raw: RewardModel },
  control: JobControl,
): Promise<Float32Array> {
  const { tokenizer, model, raw } = parts;
  const asked = preferences.policy.slice(0, experiment.preset.reward.normalisingAnswers);
  const prompts = asked.map(({ messages }) => promptIds(tokenizer, messages));
  const paths = await adapterStack(experiment, "Mask");
  const said = await policyAnswers(experiment, paths, prompts, labelled(control, "answers to normalise by"));
  const texts = said.map(({ ids }, at) => responseText(prompts[at]!, ids));
  return scoreSequences(model, raw, texts, { control: labelled(control, "scoring reference answers") });
}

/** The distilled model in 32-bit floats, which the reward model stands on; dispose of it when done. */
export async function loadRewardBase(experiment: Experiment): Promise<LanguageModel> {
  const paths = await adapterStack(experiment, "GPT_KD");
  const adapters = await Promise.all(paths.map((path) => readAdapterGguf(path)));
  return loadLanguageModel(experiment.model.path, { adapters });
}

/** The reward model's configuration under a preset. */
export function rewardConfigOf({ preset }: Experiment): RewardConfig {
  const { steps, batch, learningRate, warmupSteps } = preset.reward;
  return {
    steps,
    // One pair at a time through the model: the same sums in less memory.
    batch: 1,
    accumulate: batch,
    learningRate,
    schedule: "linear",
    warmupSteps,
    weightDecay: 0,
    maxGradNorm: 1,
    // Without dropout both answers of a pair share the computation of their prompt: half the time.
    lora: { ...rewardLora, dropout: 0 },
    checkpointEvery: 5,
  };
}

interface Stored extends Omit<Made, "reward"> {
  readonly head: { readonly weight: readonly number[]; readonly bias: readonly number[] };
  readonly gain: number;
  readonly bias: number;
  readonly base: string;
}

// A GGUF adapter beside a readable record, which holds the head.
function rewardCodec(): StageCodec<TunedReward, Made> {
  return {
    save: async (folder, { reward, ...record }) => {
      await writeAdapterGguf(join(folder, "adapter.gguf"), reward.adapter, { architecture: "llama" });
      const { gain, bias, base, head } = reward;
      const numbers = { weight: Array.from(head.weight), bias: Array.from(head.bias) };
      const stored: Stored = { ...record, gain, bias, base, head: numbers };
      await writeJson(join(folder, "reward.json"), JSON.parse(JSON.stringify(stored)) as Json);
    },
    load: async (folder) => {
      const stored = (await readJson(join(folder, "reward.json"))) as unknown as Stored;
      const { gain, bias, base, head, ...record } = stored;
      const adapterPath = join(folder, "adapter.gguf");
      const adapter = await readAdapterGguf(adapterPath);
      const scalar: ScalarHead = { weight: Float32Array.from(head.weight), bias: Float32Array.from(head.bias) };
      return { ...record, adapterPath, reward: { adapter, head: scalar, gain, bias, base } };
    },
  };
}
