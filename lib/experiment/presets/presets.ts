import { newsWords } from "../../prompts";
import { ablatedVariants } from "./ablatedVariants";
import { presetNames, type Preset, type PresetName } from "./preset";

/** The backbone and rate of the pilot that the fusions come from. */
const fusionBackbone = { recommender: "LightGCN", learningRate: 5e-3 } as const;

const protocol = {
  split: { testShare: 0.2, validationShare: 0.1, folds: 5 },
  fold: 0,
} as const;

/** Tests only: a synthetic data set and a random tiny model, seconds from end to end. */
const smoke: Preset = {
  name: "smoke",
  label: "checks that every step runs; the model is random, the numbers mean nothing",
  data: { source: "synthetic", minRating: 4 },
  ...protocol,
  neighbours: { k: 4, epochs: 3, batch: 256, learningRate: 1e-3 },
  model: { source: "tiny", contextTokens: 2048, lora: { rank: 4, alpha: 8, dropout: 0.1 } },
  prompts: { historyItems: 4, neighbours: 2, neighbourItems: 3, targetShare: 0.5, dialogueProfiles: "teacher" },
  knowledgeDistillation: { users: 8, items: 4, steps: 3, batch: 1, learningRate: 1e-3, warmupSteps: 1 },
  mask: { users: 6, items: 0, steps: 2, batch: 1, learningRate: 5e-4, warmupSteps: 1 },
  naive: { users: 6, items: 0, steps: 2, batch: 1, learningRate: 5e-4, warmupSteps: 1 },
  reward: {
    pairsPerUser: 1,
    steps: 2,
    batch: 2,
    learningRate: 1e-3,
    warmupSteps: 0,
    evaluationPairs: 4,
    normalisingAnswers: 4,
  },
  ppo: {
    seeds: 1,
    steps: 2,
    batch: 4,
    miniBatch: 2,
    microBatch: 2,
    ppoEpochs: 2,
    learningRate: 1e-3,
    klCoef: 0.05,
    temperature: 1,
    maxTokens: 12,
    evaluationUsers: 4,
  },
  generation: { temperature: 0, maxTokens: 12, sequences: 4, threads: 1 },
  commitsStages: false,
  qualityUsers: 4,
  recommenders: {
    models: ["BiasMF", "NCF", "LightGCN", "SGL", "SimGCL"],
    seeds: 1,
    epochs: 4,
    evaluateEvery: 2,
    batch: 256,
    learningRate: 1e-3,
  },
  bases: { texts: ["encoder"], seeds: 2, epochs: 3, evaluateEvery: 1, batch: 256, learningRate: 1e-3 },
  ablation: { variants: ablatedVariants, sides: ["user", "item"], models: ["LightGCN"], seeds: 1, runSeeds: [1] },
  fusions: { ...fusionBackbone, folds: [0, 1], seeds: 1, epochs: 4, evaluateEvery: 2, batch: 256, axes: 8 },
  efficiency: { sizes: [{ name: "a toy", users: 60, items: 40, pairs: 300, rounds: 2, warmUp: 0 }], batch: 128 },
};

/** The default: every mechanism, with the real model, on a sample of users and items. */
const quick: Preset = {
  name: "quick",
  label: "a sample of users and items: shows the mechanism, too small to rank methods",
  data: { source: "ml-100k", sample: { users: 48, items: 150, keep: ["49"] }, minRating: 4 },
  ...protocol,
  neighbours: { k: 10, epochs: 60, batch: 256, learningRate: 1e-3 },
  model: { source: "smollm2-135m", contextTokens: 1024, lora: { rank: 8, alpha: 16, dropout: 0.1 } },
  prompts: { historyItems: 6, neighbours: 2, neighbourItems: 2, targetShare: 0.5, dialogueProfiles: "teacher" },
  knowledgeDistillation: { users: 26, items: 16, steps: 48, batch: 1, learningRate: 2e-3, warmupSteps: 4 },
  mask: { users: 20, items: 0, steps: 10, batch: 1, learningRate: 3e-4, warmupSteps: 3 },
  naive: { users: 20, items: 0, steps: 3, batch: 1, learningRate: 3e-4, warmupSteps: 1 },
  reward: {
    pairsPerUser: 2,
    steps: 12,
    batch: 2,
    learningRate: 5e-4,
    warmupSteps: 2,
    evaluationPairs: 12,
    normalisingAnswers: 6,
  },
  ppo: {
    seeds: 1,
    steps: 2,
    batch: 6,
    miniBatch: 3,
    microBatch: 3,
    ppoEpochs: 1,
    learningRate: 3e-4,
    klCoef: 0.05,
    temperature: 1,
    maxTokens: 64,
    evaluationUsers: 4,
  },
  generation: { temperature: 0.3, maxTokens: 64, sequences: 16, lanes: 2, threads: "measure", sharePrefix: "list" },
  commitsStages: false,
  qualityUsers: 8,
  recommenders: {
    models: ["BiasMF", "NCF", "LightGCN", "SGL", "SimGCL"],
    seeds: 2,
    epochs: 60,
    evaluateEvery: 5,
    batch: 256,
    learningRate: 1e-3,
  },
  bases: { texts: ["encoder"], seeds: 3, epochs: 60, evaluateEvery: 4, batch: 256, learningRate: 1e-3 },
  ablation: {
    variants: ["Mask", "RecLM", "LLMRec-style"],
    sides: ["user"],
    models: ["BiasMF", "LightGCN"],
    seeds: 2,
    runSeeds: [1],
  },
  fusions: { ...fusionBackbone, folds: [0], seeds: 1, epochs: 40, evaluateEvery: 4, batch: 256, axes: 16 },
  efficiency: {
    sizes: [{ name: "a tenth of MIND", users: 5_713, items: 239, pairs: 8_973, rounds: 3, warmUp: 1 }],
    batch: 4096,
  },
};

/** All of MovieLens 100K; hours on two cores, in resumable pieces. */
const ml100k: Preset = {
  ...quick,
  name: "ml-100k",
  label: "all of MovieLens 100K",
  data: { source: "ml-100k", minRating: 4 },
  neighbours: { k: 10, epochs: 60, batch: 1024, learningRate: 1e-3 },
  prompts: { historyItems: 8, neighbours: 2, neighbourItems: 4, targetShare: 0.5, dialogueProfiles: "distilled" },
  knowledgeDistillation: { users: 120, items: 40, steps: 160, batch: 1, learningRate: 7e-4, warmupSteps: 10 },
  mask: { users: 110, items: 0, steps: 100, batch: 1, learningRate: 3e-4, warmupSteps: 6 },
  naive: { users: 110, items: 0, steps: 100, batch: 1, learningRate: 3e-4, warmupSteps: 6 },
  reward: {
    pairsPerUser: 1,
    steps: 75,
    batch: 4,
    learningRate: 5e-4,
    warmupSteps: 5,
    evaluationPairs: 149,
    normalisingAnswers: 64,
  },
  ppo: {
    seeds: 3,
    steps: 12,
    batch: 16,
    miniBatch: 8,
    microBatch: 8,
    ppoEpochs: 2,
    learningRate: 3e-4,
    klCoef: 0.05,
    temperature: 1,
    maxTokens: 90,
    evaluationUsers: 200,
  },
  generation: { temperature: 0.3, maxTokens: 90, sequences: 8, threads: "measure" },
  commitsStages: true,
  qualityUsers: 200,
  recommenders: { ...quick.recommenders, seeds: 5, epochs: 80, batch: 1024, learningRate: 3e-3 },
  bases: { ...quick.bases, seeds: 5, epochs: 80, evaluateEvery: 5, batch: 1024, learningRate: 3e-3 },
  ablation: {
    variants: ablatedVariants,
    // Items' profiles by four more variants would take two hours a tuning seed.
    sides: ["user"],
    models: ["BiasMF", "LightGCN", "SimGCL"],
    seeds: 5,
    runSeeds: [1, 2],
  },
  fusions: { ...fusionBackbone, folds: [0, 1, 2, 3, 4], seeds: 5, epochs: 60, evaluateEvery: 5, batch: 4096, axes: 64 },
  efficiency: {
    sizes: [
      { name: "MIND", users: 57_128, items: 2_386, pairs: 89_734, rounds: 5, warmUp: 1 },
      { name: "Netflix", users: 16_835, items: 6_532, pairs: 1_655_395, rounds: 3, warmUp: 0 },
    ],
    batch: 4096,
  },
};

/** MIND as released with RecLM, in the paper's setting: 50 epochs, 4096 pairs a step. */
const mind: Preset = {
  ...ml100k,
  name: "mind",
  label: "MIND as released with RecLM",
  data: { source: "mind", minRating: 0 },
  bases: {
    texts: ["tf-idf", "encoder"],
    seeds: 5,
    epochs: 50,
    evaluateEvery: 1,
    batch: 4096,
    learningRate: 1e-3,
  },
  notebooks: ["09-five-recommenders"],
};

/** Some of MIND's users, among them all that GPT-3.5 wrote a profile of, which is what the model is taught. */
const mindSample: Preset = {
  ...ml100k,
  name: "mind-sample",
  label: "a sample of MIND's users, as released with RecLM",
  data: { source: "mind", minRating: 0, words: newsWords, sample: { users: 4000, leastPairs: 3, keep: ["49"] } },
  teacher: "released",
  prompts: { ...ml100k.prompts, candidates: "seen", leastItems: 1 },
  generation: { ...quick.generation, maxTokens: 90 },
  // Five variants' profiles of all 4,000 would take eight hours of two cores with AVX2.
  ablation: { ...ml100k.ablation, users: 750, runSeeds: [1] },
  notebooks: [
    "01-data",
    "02-neighbours",
    "03-instructions",
    "04-tuning",
    "05-profiles",
    "06-recommenders",
    "12-fusions",
    "13-ablation",
  ],
};

const presets: Readonly<Record<PresetName, Preset>> = {
  smoke,
  quick,
  "ml-100k": ml100k,
  mind,
  "mind-sample": mindSample,
};

/** The preset of a name; throws with the list of names for any other. */
export function presetOf(name: string): Preset {
  const preset = Object.hasOwn(presets, name) ? presets[name as PresetName] : undefined;
  if (!preset) throw new RangeError(`Cannot use preset "${name}": the presets are ${presetNames.join(", ")}`);
  return preset;
}
