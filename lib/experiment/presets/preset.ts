import type { DelimitedOptions } from "../../data";
import type { Words } from "../../prompts";
import type { RecommenderName } from "../../recommenders";
import type { AblatedVariant } from "./ablatedVariants";
import type { DataSize } from "./dataSize";
import type { TextName } from "./textNames";

/** Settings of one tuning stage (LoRA on attn_q and attn_v unless said). */
export interface TuningSettings {
  /** Users whose teacher profiles or dialogues are tuned on, where that many are left beside unseen and held-out ones. */
  readonly users: number;
  /** Items whose teacher profiles join the knowledge distillation; 0 for the dialogue stage. */
  readonly items: number;
  readonly steps: number;
  /** Examples a step. */
  readonly batch: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
}

/** How the reward model is tuned and judged (LoRA of rank 4 and alpha 8, as the authors'). */
export interface RewardSettings {
  /** Preference pairs of each user. */
  readonly pairsPerUser: number;
  readonly steps: number;
  /** Pairs a step. */
  readonly batch: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  /** Held-out pairs that accuracy is measured on, where that many are there. */
  readonly evaluationPairs: number;
  /** Answers of the Mask variant whose scores are given mean 0 and standard deviation 1. */
  readonly normalisingAnswers: number;
}

/** How the policy is tuned by PPO; everything else as `ppoDefaults` of lib/tuning. */
export interface PpoSettings {
  /** Runs, each with draws of its own. */
  readonly seeds: number;
  readonly steps: number;
  /** Responses of a step. */
  readonly batch: number;
  readonly miniBatch: number;
  readonly microBatch: number;
  readonly ppoEpochs: number;
  readonly learningRate: number;
  readonly klCoef: number;
  readonly temperature: number;
  readonly maxTokens: number;
  /** Unseen users on whom RecLM is compared with Mask, where that many are there. */
  readonly evaluationUsers: number;
}

/** How the five recommenders are trained without profiles, to be compared with each other. */
export interface BaseSettings {
  readonly texts: readonly TextName[];
  readonly seeds: number;
  readonly epochs: number;
  readonly evaluateEvery: number;
  readonly batch: number;
  readonly learningRate: number;
}

/** Which fusions use what profiles know? One recommender, several folds of cold items. */
export interface FusionSettings {
  readonly recommender: RecommenderName;
  readonly folds: readonly number[];
  readonly seeds: number;
  readonly epochs: number;
  readonly evaluateEvery: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Principal axes of the profiles that gates are given. */
  readonly axes: number;
}

/** How the variants of tuning are compared by what their profiles do in recommenders (Figures 2 and 3). */
export interface AblationSettings {
  readonly variants: readonly AblatedVariant[];
  /** Whose profiles each variant writes, and recommenders are given. */
  readonly sides: readonly ("user" | "item")[];
  /** Users that each variant writes for and that are tested, drawn by seed; the others' vectors are zero. All unless given. */
  readonly users?: number;
  readonly models: readonly RecommenderName[];
  /** Of the recommenders; each with draws of its own. */
  readonly seeds: number;
  /** Seeds of whole runs (split, tuning, profiles) that the figures take together where they are there. */
  readonly runSeeds: readonly number[];
}

/** A size at which epochs are timed, and how often. */
export interface TimedSize extends DataSize {
  /** Epochs of each kind that count. */
  readonly rounds: number;
  /** Epochs before them. */
  readonly warmUp: number;
}

/** Profiles by a teacher of one's own, as `readProfileFile` reads them. */
export interface TeacherFiles {
  /** For tables and captions: "GPT-4o". */
  readonly writer: string;
  readonly users: string;
  /** By the rules unless given. */
  readonly items?: string;
}

/** Everything that distinguishes one way of running the experiment from another. */
export interface Preset {
  /** One of `presetNames`, or a name of one's own (`readPresetFile`). */
  readonly name: string;
  /** How the results may be read; printed under every table. */
  readonly label: string;
  readonly data: {
    /** "mind" needs a clone of HKUDS/RecLM, "files" are named by `files`. */
    readonly source: "ml-100k" | "synthetic" | "mind" | "files";
    readonly files?: Omit<DelimitedOptions, "name">;
    /** What prompts call the items; films unless given. */
    readonly words?: Words;
    /** A sample of users and items, or absent for all of them. */
    readonly sample?: {
      readonly users: number;
      /** Absent, as for two snapshots: all. */
      readonly items?: number;
      /** Of two snapshots: pairs that a drawn user has in the first at least. @default 1 */
      readonly leastPairs?: number;
      /** Ids of users that are in it whatever the draw. */
      readonly keep: readonly string[];
    };
    /** Ratings at or above it are positives. */
    readonly minRating: number;
  };
  readonly split: { readonly testShare: number; readonly validationShare: number; readonly folds: number };
  /** The fold whose items are cold in the language-model stages and, first of all, in Table 1. */
  readonly fold: number;
  readonly neighbours: {
    readonly k: number;
    readonly epochs: number;
    readonly batch: number;
    readonly learningRate: number;
    /**
     * Neighbours of histories in the place of users': users with equal histories count once and have equal neighbours, so that a
     * prompt is a function of its history, for data so sparse that many are equal. Of users unless given.
     */
    readonly of?: "histories";
  };
  readonly model: {
    /** "file" is named by `file`, a GGUF file of the llama architecture. */
    readonly source: "smollm2-135m" | "tiny" | "file";
    readonly file?: string;
    readonly contextTokens: number;
    readonly lora: { readonly rank: number; readonly alpha: number; readonly dropout: number };
  };
  readonly prompts: {
    /** Items of a history that a prompt shows. */
    readonly historyItems: number;
    /** Similar users in a dialogue and in a profile prompt. */
    readonly neighbours: number;
    readonly neighbourItems: number;
    /** Share of the dialogues whose first turn asks for the target's profile alone, as inference does, 0..1; the paper's is 0. */
    readonly targetShare: number;
    /** Who writes the profiles of a dialogue's first turn: the distilled model, as in the paper, or the teacher, to save time. */
    readonly dialogueProfiles: "distilled" | "teacher";
    /**
     * What a dialogue's "Yes" may ask for: the one item of a user that the neighbours' recommender did not see (the default), or any
     * training item, as in the authors' code, for data so sparse that neighbours rarely have that one.
     */
    readonly candidates?: "heldOut" | "seen";
    /** Training items that a user has at least to be tuned on or judged. @default 3 */
    readonly leastItems?: number;
  };
  /** Profiles that something else wrote, in the place of the rules': those released with RecLM, or files. */
  readonly teacher?: "released" | TeacherFiles;
  readonly knowledgeDistillation: TuningSettings;
  readonly mask: TuningSettings;
  /** The same for both kinds of Naive; its examples are the dialogues of `mask`. */
  readonly naive: TuningSettings;
  readonly reward: RewardSettings;
  readonly ppo: PpoSettings;
  readonly generation: {
    readonly temperature: number;
    readonly maxTokens: number;
    readonly sequences: number;
    /** Contexts that answer at once, each with its share of the sequences; one unless given. */
    readonly lanes?: number;
    /** Of each lane. */
    readonly threads: number | "measure";
    /** "list": what all prompts of a call begin with is evaluated once (faster, rounds differently). */
    readonly sharePrefix?: "list";
  };
  /** Whether `--publish` also writes the results of long stages, for `--replay`. */
  readonly commitsStages: boolean;
  /** Users never seen in tuning whose profiles are judged. */
  readonly qualityUsers: number;
  readonly recommenders: {
    readonly models: readonly RecommenderName[];
    readonly seeds: number;
    readonly epochs: number;
    readonly evaluateEvery: number;
    readonly batch: number;
    readonly learningRate: number;
  };
  readonly bases: BaseSettings;
  readonly ablation: AblationSettings;
  /** How fusions are compared, beyond the paper. */
  readonly fusions: FusionSettings;
  /** Table 3. */
  readonly efficiency: { readonly sizes: readonly TimedSize[]; readonly batch: number };
  /** The notebooks that mean something under this preset, by the start of their names ("09"); all of them unless given. */
  readonly notebooks?: readonly string[];
}

/** The presets that are there without a file of one's own. */
export const presetNames = ["smoke", "quick", "ml-100k", "mind", "mind-sample"] as const;
/** One of `presetNames`. */
export type PresetName = (typeof presetNames)[number];

/** Whether what the model wrote of the data set's items may be published: MIND's licence covers the news that it was written from. */
export function showsTexts({ data }: Preset): boolean {
  return data.source !== "mind";
}
