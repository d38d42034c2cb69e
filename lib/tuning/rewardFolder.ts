/*
 * Departure from transformers' sequence classification, where a folder written here is used: its head has no bias. The gain of
 * our reward model goes into the head's weights; what is left, one number that is added to every score, stands in
 * `reward.json` beside them. PEFT's logits are therefore our scores less that number: the order of answers, the differences
 * between them and with those the pairwise loss are the same.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeJson, type Json } from "../core";
import { readAdapterPeft, writeAdapterPeft, type LanguageModel, type ModelLayout } from "../llm";
import { checkBase, type RewardModel } from "./reward/rewardModel";

const scoresName = "reward.json";

/**
 * Writes a reward model as PEFT does one of task type SEQ_CLS with one label: adapter, head `score`, and `reward.json`.
 *
 * Load it on the weights it was trained on: earlier adapters of its stack are merged first. transformers reads the score at the
 * last token that is not `pad_token_id`, so that must be a token that no answer ends with.
 *
 * @example await writeRewardPeft("peft-reward", reward, { layout: model.config, baseModel: "HuggingFaceTB/SmolLM2-135M-Instruct" });
 */
export async function writeRewardPeft(
  folder: string,
  { adapter, head, gain, bias, base }: RewardModel,
  options: { readonly layout: ModelLayout; readonly baseModel: string },
): Promise<void> {
  await writeAdapterPeft(folder, { adapter, score: head.weight.map((weight) => gain * weight) }, options);
  await writeJson(join(folder, scoresName), {
    score: "logit + offset",
    offset: gain * head.bias[0]! + bias,
    baseWeightsSha256: base,
  });
}

/**
 * Reads a reward model that `writeRewardPeft` or PEFT (task type SEQ_CLS, one label) has saved, for a model of the weights
 * that it was trained on; a folder without `reward.json` is taken at its word, its offset 0.
 *
 * Throws as `readAdapterPeft` does, and a RangeError for a folder without a head and for other weights than `reward.json` names.
 */
export async function readRewardPeft(folder: string, model: LanguageModel): Promise<RewardModel> {
  const { adapter, score } = await readAdapterPeft(folder, model.config);
  if (!score) throw new RangeError(`Cannot read reward model ${folder}: its adapter has no head "score"`);
  const path = join(folder, scoresName);
  const { offset, base } = existsSync(path)
    ? scoresOf(path, await readJson(path))
    : { offset: 0, base: model.weights.sha256 };
  const reward = { adapter, head: { weight: score, bias: new Float32Array(1) }, gain: 1, bias: offset, base };
  checkBase(reward, model);
  return reward;
}

function scoresOf(path: string, json: Json): { readonly offset: number; readonly base: string } {
  const { offset, baseWeightsSha256: base } = (json ?? {}) as { readonly [key: string]: Json | undefined };
  if (typeof offset !== "number" || typeof base !== "string")
    throw new SyntaxError(`Cannot read ${path}: a number "offset" and a text "baseWeightsSha256" are needed`);
  return { offset, base };
}
