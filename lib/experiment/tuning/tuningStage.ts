import { join } from "node:path";
import { labelled, readJson, withDisposal, writeJson, type JobControl, type Json, type StageCodec } from "../../core";
import {
  loadLanguageModel,
  openTokenizer,
  readAdapterGguf,
  tokeniseDialogue,
  writeAdapterGguf,
  type Adapter,
} from "../../llm";
import type { TuningExample } from "../../profiles";
import { tuneSft, type HeldOutLoss, type SftConfig, type SftStep } from "../../tuning";
import type { Experiment } from "../experiment";
import type { TuningData } from "../instructions/tuningData";
import type { TuningSettings } from "../presets/preset";
import { defineStage, type Stage } from "../stage";

/** A finished tuning: its adapter file and how the loss fell. */
export interface Tuned {
  /** GGUF adapter, to be added to those of `before`. */
  readonly adapterPath: string;
  readonly steps: readonly SftStep[];
  /** Mean loss on dialogues that are not tuned on. */
  readonly heldOut: readonly HeldOutLoss[];
  readonly config: SftConfig;
  readonly examples: number;
}

interface Made extends Omit<Tuned, "adapterPath"> {
  readonly adapter: Adapter;
}

/** What distinguishes one tuning stage from another. */
export interface TuningStage {
  readonly name: string;
  readonly label: string;
  /** The notebook that runs it. */
  readonly notebook: string;
  /** Where the loss is taken; default on the responses. */
  readonly supervise?: "responses" | "all";
  readonly settings: (experiment: Experiment) => TuningSettings;
  readonly upstream: (experiment: Experiment) => readonly string[];
  readonly data: (experiment: Experiment) => Promise<TuningData>;
  readonly before: (experiment: Experiment) => readonly Promise<Tuned>[];
}

/** A stage that tunes an adapter on top of those before it; killed, it continues from its last checkpoint. */
export function tuningStage(stage: TuningStage): Stage<Tuned> {
  return defineStage<Tuned, Made>({
    name: stage.name,
    version: 1,
    notebook: stage.notebook,
    inputs: (experiment) => ({
      upstream: stage.upstream(experiment),
      model: experiment.model.hash,
      config: configJson(sftConfigOf(experiment, stage.settings(experiment))),
      contextTokens: experiment.preset.model.contextTokens,
      ...(stage.supervise === "all" ? { supervise: "all" } : {}),
      seed: experiment.seed,
    }),
    codec: tunedCodec,
    compute: (experiment, work, control) => tune(experiment, stage, work, control),
  });
}

async function tune(experiment: Experiment, stage: TuningStage, work: string, control: JobControl): Promise<Made> {
  const { examples, heldOut } = await stage.data(experiment);
  const before = await Promise.all(stage.before(experiment));
  const adapters = await Promise.all(before.map((tuned) => readAdapterGguf(tuned.adapterPath)));
  const maxTokens = experiment.preset.model.contextTokens;
  const { supervise = "responses" } = stage;
  const config = sftConfigOf(experiment, stage.settings(experiment));
  return withDisposal(async (hold) => {
    const tokenizer = await hold(openTokenizer(experiment.model.path));
    const tokenise = (list: readonly TuningExample[]) =>
      list.map((example) => tokeniseDialogue(tokenizer, example.messages, { maxTokens, supervise }));
    const model = await hold(loadLanguageModel(experiment.model.path, { adapters }));
    const result = await tuneSft({
      model,
      examples: tokenise(examples),
      heldOut: tokenise(heldOut),
      config,
      seed: experiment.seed,
      workFolder: work,
      control: labelled(control, stage.label),
    });
    const { losses, heldOutLosses, adapter } = result;
    return { steps: losses, heldOut: heldOutLosses, config, examples: examples.length, adapter };
  });
}

/** The tuning configuration of a preset's settings. */
export function sftConfigOf(experiment: Experiment, settings: TuningSettings): SftConfig {
  const { rank, alpha, dropout } = experiment.preset.model.lora;
  return {
    steps: settings.steps,
    batch: settings.batch,
    accumulate: 1,
    learningRate: settings.learningRate,
    schedule: "linear",
    warmupSteps: settings.warmupSteps,
    weightDecay: 0,
    maxGradNorm: 1,
    lora: { rank, alpha, dropout, targets: ["attn_q", "attn_v"] },
    evaluateEvery: Math.max(1, Math.ceil(settings.steps / 4)),
    checkpointEvery: 5,
  };
}

function configJson(config: SftConfig): Json {
  return JSON.parse(JSON.stringify(config)) as Json;
}

// A GGUF adapter, which llama.cpp loads, beside its readable record.
const tunedCodec: StageCodec<Tuned, Made> = {
  save: async (folder, { adapter, ...record }) => {
    await writeAdapterGguf(join(folder, "adapter.gguf"), adapter, { architecture: "llama" });
    await writeJson(join(folder, "tuning.json"), JSON.parse(JSON.stringify(record)) as Json);
  },
  load: async (folder) => {
    const record = (await readJson(join(folder, "tuning.json"))) as unknown as Omit<Tuned, "adapterPath">;
    return { ...record, adapterPath: join(folder, "adapter.gguf") };
  },
};
