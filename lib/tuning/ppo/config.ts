import { checkSampling, type LoraConfig, type Sampling } from "../../llm";
import type { Schedule } from "../schedule";
import type { GaeOptions } from "./gae";
import type { ImportanceOptions } from "./importance";
import { largestKlError, type KlControl } from "./klControl";

/** What one update depends on. */
export interface PpoUpdateConfig extends GaeOptions {
  /** Passes over a step's responses. */
  readonly ppoEpochs: number;
  /** Responses of one optimiser step; divides the batch. */
  readonly miniBatch: number;
  /** Responses that go through the model together: less memory, the same sums; default `miniBatch`. */
  readonly microBatch?: number;
  /** Policy ratios beyond 1 +- this have no gradient. */
  readonly clipCoef: number;
  /** Values further than this from the old ones have no gradient. */
  readonly valueClipCoef: number;
  /** Weight of the value loss beside the policy loss. */
  readonly valueCoef: number;
  /** "shared": the value loss reaches the adapter too; "head": only the value head. */
  readonly valueGradient: "shared" | "head";
  /** In units of the score; 0: a response that was cut off is scored like any other. */
  readonly missingEosPenalty: number;
  /** Scales a batch's rewards to variance 1, keeping their mean, before advantages are estimated. */
  readonly whitenRewards: boolean;
  /** Corrects for the sampler where it gives log-probabilities; absent: never. */
  readonly importance?: ImportanceOptions;
  /** Largest global norm of a mini-batch's gradient; absent: any. */
  readonly maxGradNorm?: number;
  /** Ends an update after an epoch whose mean approxKl is above 1.5 times this, in nats a token; absent: never. */
  readonly targetKl?: number;
  /** Largest mean ratio p / p_old of a mini-batch. */
  readonly ratioThreshold: number;
  /** What a mini-batch above it does: end the run, or be left out. */
  readonly onRatioExplosion: "stop" | "skip";
  /** Computes activations again in the backward pass: less memory, more time. */
  readonly recompute?: boolean;
}

/** How a policy is tuned by PPO. */
export interface PpoConfig extends PpoUpdateConfig {
  /** Rounds of rollout, scoring and update. */
  readonly steps: number;
  /** Responses of a step. */
  readonly batch: number;
  /** How responses are drawn; its temperature also divides the logits of every log-probability. */
  readonly sampling: Sampling;
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly adamEpsilon: number;
  /** beta of the first step. */
  readonly klCoef: number;
  readonly klControl: KlControl;
  /** Its dropout is not used. */
  readonly lora: LoraConfig;
}

/** The authors' and TRL 0.7.9's values but for the departures that `runPpo` lists; a run adds its `steps`. */
export const ppoDefaults: Omit<PpoConfig, "steps"> = {
  batch: 64,
  miniBatch: 16,
  microBatch: 4,
  ppoEpochs: 4,
  sampling: { temperature: 0.9, topK: 0, topP: 1, minP: 0, maxTokens: 100 },
  learningRate: 1e-5,
  schedule: "linear",
  adamEpsilon: 1e-5,
  maxGradNorm: 1,
  clipCoef: 0.2,
  valueClipCoef: 0.2,
  valueCoef: 0.1,
  valueGradient: "shared",
  gamma: 1,
  gaeLambda: 0.95,
  klCoef: 0.2,
  klControl: { kind: "adaptive", target: 6, horizon: 10000 },
  missingEosPenalty: 1,
  whitenRewards: false,
  importance: { level: "token", cap: 2 },
  ratioThreshold: 10,
  onRatioExplosion: "stop",
  lora: { rank: 4, alpha: 8, dropout: 0, targets: ["attn_q", "attn_v"] },
};

/** Throws a RangeError that names the first field that makes no sense. */
export function checkPpoConfig(config: PpoConfig): void {
  checkSampling(config.sampling);
  const { klControl: control, importance, microBatch = 1, maxGradNorm = 1, targetKl = 1 } = config;
  const positive = (value: number): boolean => value > 0 && value < Infinity;
  const share = (value: number): boolean => value >= 0 && value <= 1;
  const whole = (value: number): boolean => Number.isInteger(value) && value >= 1;
  const rules: readonly (readonly [string, number, boolean])[] = [
    ...(["steps", "batch", "miniBatch", "ppoEpochs"] as const).map((field) => rule(field, config[field], whole)),
    rule("microBatch", microBatch, whole),
    rule("miniBatch", config.miniBatch, (value) => config.batch % value === 0),
    rule("sampling.temperature", config.sampling.temperature, positive),
    ...(["gamma", "gaeLambda"] as const).map((field) => rule(field, config[field], share)),
    ...(["clipCoef", "valueClipCoef", "adamEpsilon", "ratioThreshold"] as const).map((field) =>
      rule(field, config[field], positive),
    ),
    ...(["learningRate", "valueCoef", "klCoef", "missingEosPenalty"] as const).map((field) =>
      rule(field, config[field], (value) => value >= 0 && value < Infinity),
    ),
    rule("maxGradNorm", maxGradNorm, positive),
    rule("targetKl", targetKl, positive),
    rule("importance.cap", importance?.cap ?? 1, positive),
    ...(control.kind === "adaptive"
      ? [
          rule("klControl.target", control.target, positive),
          rule(
            "klControl.horizon",
            control.horizon,
            (value) => positive(value) && value > largestKlError * config.batch,
          ),
        ]
      : []),
  ];
  for (const [field, value, holds] of rules) {
    if (!holds) throw new RangeError(`Cannot run PPO with ${field} ${value}: it is outside its range`);
  }
}

function rule(field: string, value: number, holds: (value: number) => boolean): readonly [string, number, boolean] {
  return [field, value, holds(value)];
}

/**
 * Settings that make samples come from another distribution than the one that is scored, by name; empty when both are the same.
 *
 * Log-probabilities are the whole vocabulary's at the sampling temperature, so that cutting off or penalising tokens biases KL
 * and ratios.
 */
export function unscoredSampling({ topK, topP, minP, repeatPenalty = 1 }: Sampling): readonly string[] {
  const settings = { topK: topK > 0, topP: topP < 1, minP: minP > 0, repeatPenalty: repeatPenalty !== 1 };
  return Object.entries(settings)
    .filter(([, changed]) => changed)
    .map(([name]) => name);
}
