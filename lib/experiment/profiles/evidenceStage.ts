// What docs/ppo-evidence.md asks of PPO: the same prompts, of users that no stage was tuned on, answered by the Mask variant and
// by each PPO run with the same draws.
import { jsonCodec, labelled, withDisposal, type JobControl, type Json } from "../../core";
import type { Profile } from "../../data";
import {
  loadLanguageModel,
  openTokenizer,
  promptIds,
  readAdapterGguf,
  tokenLogProbs,
  type Answer,
  type TokenisedDialogue,
} from "../../llm";
import { isComplete, readProfile } from "../../prompts";
import { scoreSequences } from "../../tuning";
import { batchInputs } from "../tuning/asking";
import type { Experiment } from "../experiment";
import { groundingSource, smoothedShares } from "./groundingCases";
import { instructionStage, promptSourceOf } from "../instructions/instructionStage";
import { neighbourStage } from "../data/neighbourStage";
import { policyAnswers, policySampling } from "../reinforcement/policySampling";
import { policyStack, policyStageOf } from "../reinforcement/policyStage";
import { profileWords } from "./profileWords";
import type { RetrievalSummary } from "./retrievalSummaries";
import { loadRewardBase, rewardStage } from "../reinforcement/rewardStage";
import { responseText } from "../reinforcement/rewardText";
import { defineStage, type Stage } from "../stage";
import { openTokenCounter } from "../instructions/tokenCounter";
import { userPrompts } from "../instructions/userPrompts";
import { adapterStack } from "../tuning/variants";

/** One policy on the unseen users; lists are in the order of `users`. */
export interface PolicyEvidence {
  /** "Mask", "RecLM", "RecLM 2". */
  readonly name: string;
  readonly users: readonly number[];
  /** Normalised rewards. */
  readonly scores: readonly number[];
  /** Sum over an answer's tokens of log p - log p of Mask, in nats; empty for Mask itself. */
  readonly sequenceKl: readonly number[];
  /** Exactly in the format. */
  readonly complete: readonly boolean[];
  /** Ended by themselves. */
  readonly ended: readonly boolean[];
  /** Tokens. */
  readonly lengths: readonly number[];
  /** Share of a profile's terms that stand in neighbours' histories and not in the user's own; null without a profile. */
  readonly smoothed: readonly (number | null)[];
  readonly distinct: number | null;
  readonly shared: { readonly own: number | null; readonly shuffled: number | null };
  readonly retrieval: RetrievalSummary | null;
  readonly texts: readonly string[];
}

/** The Mask variant's evidence. */
export const maskEvidenceStage: Stage<PolicyEvidence> = evidenceStage("evidence-mask", "Mask", undefined);

/** The evidence of one PPO run, from 0. */
export function policyEvidenceStageOf(k: number): Stage<PolicyEvidence> {
  const name = k === 0 ? "RecLM" : `RecLM ${k + 1}`;
  return evidenceStage(k === 0 ? "evidence-reclm" : `evidence-reclm-${k + 1}`, name, k);
}

/** The evidence of the first PPO run. */
export const policyEvidenceStage: Stage<PolicyEvidence> = policyEvidenceStageOf(0);

function evidenceStage(stage: string, name: string, run: number | undefined): Stage<PolicyEvidence> {
  return defineStage<PolicyEvidence>({
    name: stage,
    version: 1,
    notebook: "08-ppo",
    inputs: (experiment) => ({
      reward: rewardStage.hash(experiment),
      ...(run === undefined ? {} : { policy: policyStageOf(run).hash(experiment) }),
      users: experiment.preset.ppo.evaluationUsers,
      sampling: { ...policySampling(experiment) },
      ...batchInputs(experiment),
      encoder: experiment.encoder.hash,
      seed: experiment.seed,
    }),
    codec: jsonCodec<PolicyEvidence & Json>(),
    compute: (experiment, _work, control) => judged(experiment, name, run, control),
  });
}

async function judged(
  experiment: Experiment,
  name: string,
  run: number | undefined,
  control: JobControl,
): Promise<PolicyEvidence> {
  const { unseenUsers } = await instructionStage.read(experiment);
  const users = unseenUsers.slice(0, experiment.preset.ppo.evaluationUsers);
  const prompts = await unseenPrompts(experiment, users);
  const paths = run === undefined ? await adapterStack(experiment, "Mask") : await policyStack(experiment, run);
  const answers = await policyAnswers(experiment, paths, prompts, labelled(control, `answers of ${name}`));
  const scores = await rewards(experiment, prompts, answers, labelled(control, `rewards of ${name}`));
  const sequenceKl = run === undefined ? [] : await divergences(experiment, run, prompts, answers, control);
  const profiles = answers.map(({ text }) => readProfile(text).profile);
  return {
    name,
    users,
    scores: Array.from(scores),
    sequenceKl,
    complete: answers.map(({ text }) => isComplete(text)),
    ended: answers.map(({ finish }) => finish === "stop"),
    lengths: answers.map(({ ids }) => ids.length),
    ...(await wordsOf(experiment, users, profiles)),
    texts: answers.map(({ text }) => text),
  };
}

async function unseenPrompts(experiment: Experiment, users: readonly number[]): Promise<readonly Int32Array[]> {
  const source = await promptSourceOf(experiment);
  const { neighbours } = await neighbourStage.read(experiment);
  return withDisposal(async (hold) => {
    const counter = await hold(openTokenCounter(experiment));
    const tokenizer = await hold(openTokenizer(experiment.model.path));
    const answerTokens = experiment.preset.ppo.maxTokens;
    const promptOf = userPrompts(experiment, source, counter.countTokens, { neighbours, answerTokens });
    return users.map((user) => {
      const messages = promptOf(user);
      // Unseen users have the items that the preset's `prompts.leastItems` asks for, so at least one.
      if (!messages) throw new RangeError(`Cannot ask for the profile of user ${user}: there is no item to show`);
      return promptIds(tokenizer, messages);
    });
  });
}

async function rewards(
  experiment: Experiment,
  prompts: readonly Int32Array[],
  answers: readonly Answer[],
  control: JobControl,
): Promise<Float32Array> {
  const { reward } = await rewardStage.read(experiment);
  const base = await loadRewardBase(experiment);
  try {
    const texts = answers.map(({ ids }, at) => responseText(prompts[at]!, ids));
    return await scoreSequences(base, reward, texts, { control });
  } finally {
    base.dispose();
  }
}

/** log p of each answer under the PPO run's policy less that under Mask, at the sampling temperature. */
async function divergences(
  experiment: Experiment,
  run: number,
  prompts: readonly Int32Array[],
  answers: readonly Answer[],
  control: JobControl,
): Promise<readonly number[]> {
  const below = await Promise.all((await adapterStack(experiment, "Mask")).map((path) => readAdapterGguf(path)));
  const adapter = await readAdapterGguf((await policyStageOf(run).read(experiment)).adapterPath);
  const model = await loadLanguageModel(experiment.model.path, { adapters: below });
  const options = {
    temperature: experiment.preset.ppo.temperature,
    ...(control.signal ? { signal: control.signal } : {}),
  };
  const found: number[] = [];
  try {
    for (const [at, { ids }] of answers.entries()) {
      const dialogue = answered(prompts[at]!, ids);
      const [own] = await tokenLogProbs(model, adapter, [dialogue], options);
      const [reference] = await tokenLogProbs(model, undefined, [dialogue], options);
      found.push(own!.reduce((sum, value, t) => sum + value - reference![t]!, 0));
      control.progress?.({ label: "divergence from Mask", done: at + 1, total: answers.length, unit: "answers" });
    }
    return found;
  } finally {
    model.dispose();
  }
}

function answered(prompt: Int32Array, answer: Int32Array): TokenisedDialogue {
  const ids = responseText(prompt, answer);
  return { ids, mask: Uint8Array.from(ids, (_, t) => (t < prompt.length ? 0 : 1)) };
}

async function wordsOf(
  experiment: Experiment,
  users: readonly number[],
  profiles: readonly (Profile | undefined)[],
): Promise<Pick<PolicyEvidence, "smoothed" | "distinct" | "shared" | "retrieval">> {
  const { distinct, shared, retrieval } = await profileWords(experiment, users, profiles);
  const { own, shuffled } = shared;
  const smoothed = smoothedShares(await groundingSource(experiment), users, profiles);
  return { smoothed, distinct, shared: { own, shuffled }, retrieval };
}
