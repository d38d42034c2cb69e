import type { JobControl } from "../core";

/** How the next token is drawn; nothing is left to an engine's default. Order: penalty, top k, top p, min p, temperature. */
export interface Sampling {
  /** 0: always the likeliest token. */
  readonly temperature: number;
  /** Keep the k likeliest; 0: all. */
  readonly topK: number;
  /** Keep the likeliest that together have this probability, 0..1; 1: all. */
  readonly topP: number;
  /** Drop tokens less likely than this share of the likeliest, 0..1; 0: none. */
  readonly minP: number;
  /** Divides the logits of the last 64 generated tokens; 1 or absent: none. */
  readonly repeatPenalty?: number;
  /** Most tokens of an answer, its end-of-turn token included. */
  readonly maxTokens: number;
}

/** What a model answered to one prompt. */
export interface Answer {
  /** The generated tokens; when `finish` is "stop" the last is the end-of-turn token. */
  readonly ids: Int32Array;
  /** Their text, without control tokens. */
  readonly text: string;
  readonly finish: "stop" | "length";
  /**
   * [T] log-probability, in nats, that each token was drawn with: after temperature and whatever `Sampling` cuts off. Only where
   * `GenerationControl.logProbs` asks for it, from an engine that can tell.
   */
  readonly logProbs?: Float32Array;
}

/** What a generation job accepts beside progress and abort signal. */
export interface GenerationControl extends JobControl {
  /** Answers carry the log-probabilities of their tokens; default false. */
  readonly logProbs?: boolean;
  /** Called when an answer is there, in order of completion; the next prompt of its lane waits for it. */
  readonly onAnswer?: (index: number, answer: Answer) => void | Promise<void>;
}

/** What makes a model's answers what they are. */
export interface ModelIdentity {
  /** SHA-256 of the model file. */
  readonly modelHash: string;
  /** SHA-256 of the adapter files, in the order they are added up. */
  readonly adapterHashes: readonly string[];
  /** "list": the prompts of a call share their common beginning, which rounds differently. */
  readonly sharing?: "list";
}

/** A model that answers prompts given as token ids. */
export interface Generator extends ModelIdentity {
  /**
   * Answers in the order of the prompts; prompt i is drawn with seed i. Throws a RangeError for an empty prompt or one
   * that leaves no room for `maxTokens`.
   */
  answer(
    prompts: readonly Int32Array[],
    sampling: Sampling,
    seeds: readonly number[],
    control?: GenerationControl,
  ): Promise<readonly Answer[]>;
  dispose(): Promise<void>;
}

/** Throws a RangeError when a field is outside its range. */
export function checkSampling(sampling: Sampling): void {
  const { temperature, topK, topP, minP, repeatPenalty = 1, maxTokens } = sampling;
  const rules: readonly [string, number, boolean][] = [
    ["temperature", temperature, temperature >= 0 && temperature < Infinity],
    ["topK", topK, Number.isInteger(topK) && topK >= 0],
    ["topP", topP, topP > 0 && topP <= 1],
    ["minP", minP, minP >= 0 && minP <= 1],
    ["repeatPenalty", repeatPenalty, repeatPenalty > 0 && repeatPenalty < Infinity],
    ["maxTokens", maxTokens, Number.isInteger(maxTokens) && maxTokens >= 1],
  ];
  for (const [name, value, holds] of rules) {
    if (!holds) throw new RangeError(`Cannot sample with ${name} ${value}: it is outside its range`);
  }
}
