/*
 * The reward model of RecLM (Eq. 6): a scalar head after the last token of prompt and answer, over a LoRA adapter.
 *
 * Departures from TRL 0.7.9's RewardTrainer, which the authors use:
 * - Nothing is padded, so the score never falls on an end token inside the text that a padding token is mistaken for.
 * - Both answers of all pairs of a batch go through the model in one pass, not in two.
 * - A pair that is too long for the model is an error, not left out.
 * - A tie is not right; the trainer's argmax gives it to the chosen answer.
 * - The head has a bias (0 until normalisation) and starts wider; see scalarHead.ts.
 */
import { prngOf } from "../../core";
import { initialAdapter } from "../../llm";
import { runTuning } from "../tuningRun";
import { pairAccuracy } from "./accuracy";
import { pairwiseLoss } from "./pairwiseLoss";
import { rewardGradients, rewardParameters } from "./rewardGradients";
import { rewardSetup, type RewardJob, type RewardResult } from "./rewardJob";
import type { RewardModel } from "./rewardModel";
import { initialScalarHead } from "./scalarHead";
import { scorePairs } from "./scoring";

/**
 * Tunes a fresh adapter and head on preference pairs; a killed run called again ends with the same losses and weights, bit for
 * bit.
 *
 * An abort stops between two blocks, leaves a checkpoint of the last finished step and rejects with the signal's reason. A
 * loss or gradient that is not finite writes `failure.json` to the work folder and throws. Resuming with another
 * configuration, seed, model or pairs throws a RangeError that names the field.
 *
 * @example
 * const { reward, evaluations } = await tuneReward({ model, pairs, heldOut, config, seed: 7, workFolder });
 * evaluations.at(-1)!.kinds["similar user"]; // { right: 41, n: 60 }
 */
export async function tuneReward(job: RewardJob): Promise<RewardResult> {
  const { model, pairs, heldOut = [], config, seed, workFolder, control } = job;
  const adapter = initialAdapter(model.config, config.lora, prngOf(seed, "adapter"));
  const head = initialScalarHead(model.config.width, prngOf(seed, "head"));
  const reward: RewardModel = { adapter, head, gain: 1, bias: 0, base: model.weights.sha256 };
  const signal = control?.signal ? { signal: control.signal } : {};
  const { steps, evaluations } = await runTuning({
    label: "reward model",
    config,
    seed,
    examples: pairs.length,
    setup: rewardSetup(job),
    workFolder,
    control,
    parameters: rewardParameters(adapter, head),
    gradients: (numbers, dropoutPrng) => {
      const batch = numbers.map((number) => pairs[number]!);
      return rewardGradients(model, adapter, head, batch, {
        dropoutPrng,
        recompute: config.recompute ?? false,
        ...signal,
      });
    },
    evaluate: heldOut.length
      ? async () => {
          const scores = await scorePairs(model, reward, heldOut, { control: signal });
          const { loss } = pairwiseLoss(
            scores.map(({ chosen }) => chosen),
            scores.map(({ rejected }) => rejected),
          );
          return { loss, ...pairAccuracy(scores) };
        }
      : undefined,
  });
  return { reward, steps, evaluations };
}
