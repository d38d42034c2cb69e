import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  labelled,
  readJson,
  seedOf,
  withDisposal,
  writeJson,
  type JobControl,
  type Json,
  type StageCodec,
} from "../../core";
import {
  loadLanguageModel,
  openTokenizer,
  promptIds,
  readAdapterGguf,
  writeAdapterGguf,
  type Adapter,
  type ChatTokenizer,
} from "../../llm";
import {
  ppoDefaults,
  runPpo,
  scoreSequences,
  type PpoConfig,
  type PpoRollout,
  type PpoStep,
  type PpoStepDetail,
} from "../../tuning";
import { batchInputs } from "../tuning/asking";
import type { Experiment } from "../experiment";
import { maskStage } from "../tuning/maskStage";
import { openPolicy, policySampling } from "./policySampling";
import { preferenceStage, type PolicyPrompt } from "./preferenceStage";
import { loadRewardBase, rewardStage } from "./rewardStage";
import { responseText } from "./rewardText";
import { defineStage, type Stage } from "../stage";
import { adapterStack } from "../tuning/variants";

/** One token of a response as PPO saw it. */
export interface PpoToken {
  readonly text: string;
  /** Whitened over the step's responses. */
  readonly advantage: number;
  /** log p - log p of the reference, in nats. */
  readonly kl: number;
  readonly reward: number;
  readonly value: number;
}

/** The first response of a step, token by token. */
export interface PpoExampleResponse {
  readonly step: number;
  readonly user: number;
  readonly score: number;
  readonly ended: boolean;
  readonly tokens: readonly PpoToken[];
}

/** A policy tuned by PPO. */
export interface TunedPolicy {
  /** GGUF adapter, to be added to those of Mask. */
  readonly adapterPath: string;
  readonly config: PpoConfig;
  readonly steps: readonly PpoStep[];
  /** The first response of each step. */
  readonly examples: readonly PpoExampleResponse[];
  /** Sampling settings that bias KL and ratios; none by default. */
  readonly unscoredSampling: readonly string[];
}

interface Made extends Omit<TunedPolicy, "adapterPath"> {
  readonly adapter: Adapter;
}

/** One run of PPO (Eq. 7-8) from the Mask variant, against the reward model; run `k` (from 0) draws for itself. */
export function policyStageOf(k: number): Stage<TunedPolicy> {
  return defineStage<TunedPolicy, Made>({
    name: k === 0 ? "reclm" : `reclm-${k + 1}`,
    version: 1,
    notebook: "08-ppo",
    inputs: (experiment) => ({
      preferences: preferenceStage.hash(experiment),
      mask: maskStage.hash(experiment),
      reward: rewardStage.hash(experiment),
      config: JSON.parse(JSON.stringify(ppoConfigOf(experiment))) as Json,
      ...batchInputs(experiment),
      seed: runSeed(experiment, k),
    }),
    codec: policyCodec(),
    compute: (experiment, work, control) => tune(experiment, k, work, control),
  });
}

/** The full RecLM: the first run of PPO. */
export const policyStage: Stage<TunedPolicy> = policyStageOf(0);

function runSeed({ seed }: Experiment, k: number): number {
  return seedOf(seed, "ppo", k);
}

/** PPO's configuration under a preset. */
export function ppoConfigOf(experiment: Experiment): PpoConfig {
  const { steps, batch, miniBatch, microBatch, ppoEpochs, learningRate, klCoef } = experiment.preset.ppo;
  const sampling = policySampling(experiment);
  return { ...ppoDefaults, steps, batch, miniBatch, microBatch, ppoEpochs, learningRate, klCoef, sampling };
}

/** The adapter files of a PPO run's policy, in the order they are added up. */
export async function policyStack(experiment: Experiment, k = 0): Promise<readonly string[]> {
  return [...(await adapterStack(experiment, "Mask")), (await policyStageOf(k).read(experiment)).adapterPath];
}

async function tune(experiment: Experiment, k: number, work: string, control: JobControl): Promise<Made> {
  const { policy } = await preferenceStage.read(experiment);
  const { reward } = await rewardStage.read(experiment);
  const below = await adapterStack(experiment, "Mask");
  const adapters = await Promise.all(below.map((path) => readAdapterGguf(path)));
  const signal = control.signal ? { signal: control.signal } : {};
  const config = ppoConfigOf(experiment);
  return withDisposal(async (hold) => {
    const tokenizer = await hold(openTokenizer(experiment.model.path));
    const model = await hold(loadLanguageModel(experiment.model.path, { adapters }));
    const judge = await hold(loadRewardBase(experiment));
    const { adapter, steps, unscoredSampling } = await runPpo({
      model,
      prompts: policy.map(({ messages }) => promptIds(tokenizer, messages)),
      rollout: rolloutOf(experiment, below, work, signal),
      score: (responses) => {
        const texts = responses.map(({ promptIds, ids }) => responseText(promptIds, ids));
        return scoreSequences(judge, reward, texts, { control: signal });
      },
      identity: { reward: rewardStage.hash(experiment), mask: maskStage.hash(experiment) },
      config,
      seed: runSeed(experiment, k),
      workFolder: work,
      control: labelled(control, `PPO, run ${k + 1}`),
      onStep: (step, detail) => keepExample(tokenizer, policy, step, detail, work),
    });
    return { adapter, config, steps, unscoredSampling, examples: await keptExamples(work) };
  });
}

/** Responses by llama.cpp, which gets the policy as a file of a new name each step: it would not read an old name again. */
function rolloutOf(experiment: Experiment, below: readonly string[], work: string, control: JobControl): PpoRollout {
  let threads: number | undefined;
  return async (adapter, prompts, seeds, step) => {
    const folder = join(work, "policy");
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const path = join(folder, `step-${step}.gguf`);
    await writeAdapterGguf(path, adapter, { architecture: "llama" });
    const generator = await openPolicy(experiment, [...below, path], threads);
    threads = generator.threads;
    try {
      return await generator.answer(prompts, policySampling(experiment), seeds, { ...control, logProbs: true });
    } finally {
      await generator.dispose();
    }
  };
}

async function keepExample(
  tokenizer: ChatTokenizer,
  prompts: readonly PolicyPrompt[],
  { step }: PpoStep,
  { responses, samples, targets }: PpoStepDetail,
  work: string,
): Promise<void> {
  const [response, sample, target] = [responses[0]!, samples[0]!, targets[0]!];
  const tokens = Array.from(response.ids, (id, t): PpoToken => ({
    text: tokenizer.decode(Int32Array.of(id), { special: true }),
    advantage: target.advantages[t]!,
    kl: sample.oldLogProbs[t]! - sample.refLogProbs[t]!,
    reward: target.rewards[t]!,
    value: sample.oldValues[t]!,
  }));
  const { score, ended } = sample;
  const example: PpoExampleResponse = { step, user: prompts[response.prompt]!.user, score, ended, tokens };
  const name = `${String(step).padStart(6, "0")}.json`;
  await mkdir(join(work, "examples"), { recursive: true });
  await writeJson(join(work, "examples", name), JSON.parse(JSON.stringify(example)) as Json);
}

async function keptExamples(work: string): Promise<readonly PpoExampleResponse[]> {
  const folder = join(work, "examples");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  const read = names.map((name) => readJson(join(folder, name)));
  return (await Promise.all(read)) as unknown as readonly PpoExampleResponse[];
}

function policyCodec(): StageCodec<TunedPolicy, Made> {
  return {
    save: async (folder, { adapter, ...record }) => {
      await writeAdapterGguf(join(folder, "adapter.gguf"), adapter, { architecture: "llama" });
      await writeJson(join(folder, "policy.json"), JSON.parse(JSON.stringify(record)) as Json);
    },
    load: async (folder) => {
      const record = (await readJson(join(folder, "policy.json"))) as unknown as Omit<TunedPolicy, "adapterPath">;
      return { ...record, adapterPath: join(folder, "adapter.gguf") };
    },
  };
}
