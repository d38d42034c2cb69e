import { policyRows, tokenLogProbs, type LanguageModel, type PolicyRows, type TokenisedDialogue } from "../../llm";
import type { PpoLearner } from "./learner";
import type { PpoAnswer, PpoResponse } from "./ppoJob";
import type { PpoSample } from "./sample";

/** What a step's samples are made from. */
export interface ExperienceOptions {
  readonly temperature: number;
  /** Responses that go through the model together. */
  readonly batch: number;
  readonly signal?: AbortSignal;
}

/** Samples with the entropies of the policy that drew them. */
export interface Experience {
  readonly samples: readonly PpoSample[];
  /** [T] of each response, in nats. */
  readonly entropies: readonly Float32Array[];
}

/**
 * Log-probabilities and values of the learner's policy for scored responses, and the reference's log-probabilities: the same
 * model without the adapter.
 */
export async function experienceOf(
  model: LanguageModel,
  learner: PpoLearner,
  responses: readonly PpoResponse[],
  scores: Float32Array,
  options: ExperienceOptions,
): Promise<Experience> {
  const dialogues = responses.map(dialogueOf);
  const policy: PolicyRows[] = [];
  const reference: Float32Array[] = [];
  const { temperature, batch, signal } = options;
  const asked = { temperature, ...(signal ? { signal } : {}) };
  for (let first = 0; first < dialogues.length; first += batch) {
    const part = dialogues.slice(first, first + batch);
    policy.push(...(await policyRows(model, learner.adapter, part, { ...asked, head: learner.head })));
    reference.push(...(await tokenLogProbs(model, undefined, part, { ...asked, sharePrefixes: true })));
  }
  const samples = responses.map(({ finish, logProbs }, b): PpoSample => ({
    dialogue: dialogues[b]!,
    score: scores[b]!,
    ended: finish === "stop",
    oldLogProbs: policy[b]!.logProbs,
    oldValues: policy[b]!.scalars,
    refLogProbs: reference[b]!,
    ...(logProbs ? { samplerLogProbs: logProbs } : {}),
  }));
  return { samples, entropies: policy.map(({ entropies }) => entropies) };
}

/** A prompt and its answer, which alone is supervised. */
function dialogueOf({ promptIds, ids }: PpoResponse): TokenisedDialogue {
  const all = Int32Array.from([...promptIds, ...ids]);
  return { ids: all, mask: Uint8Array.from(all, (_, t) => (t < promptIds.length ? 0 : 1)) };
}

/** Throws a RangeError unless there is an answer of at least one token to each prompt, with as many finite log-probabilities if any. */
export function checkAnswers(answers: readonly PpoAnswer[], prompts: number): void {
  if (answers.length !== prompts)
    throw new RangeError(`Cannot learn from a rollout: ${prompts} prompts have ${answers.length} answers`);
  answers.forEach(({ ids, logProbs }, b) => {
    if (ids.length === 0) throw new RangeError(`Cannot learn from answer ${b} of a rollout: it has no token`);
    if (logProbs && logProbs.length !== ids.length) {
      throw new RangeError(
        `Cannot learn from answer ${b} of a rollout: ${ids.length} tokens, ${logProbs.length} log-probabilities`,
      );
    }
    const bad = logProbs?.findIndex((value) => !Number.isFinite(value)) ?? -1;
    if (bad >= 0)
      throw new RangeError(`Cannot learn from answer ${b} of a rollout: log p of token ${bad} is ${logProbs?.[bad]}`);
  });
}
