import { existsSync } from "node:fs";
import { join } from "node:path";
import { MissingInputError, StageStore } from "../core";
import { writeTinyModel } from "../llm";
import { fileHash } from "./fileHash";
import { pathsOfClone, type Paths } from "./paths";
import type { Preset } from "./presets/preset";
import { isPresetFile, readPresetFile } from "./presets/presetFile";
import { presetOf } from "./presets/presets";

/** A file that stages depend on, with the SHA-256 of its bytes. */
export interface HashedFile {
  readonly path: string;
  readonly hash: string;
}

/** One way of running the paper: a preset, a seed, the language model, and where results are kept. */
export interface Experiment {
  readonly preset: Preset;
  readonly seed: number;
  readonly paths: Paths;
  readonly store: StageStore;
  /** The GGUF file that both engines load. */
  readonly model: HashedFile;
  /** Folder of the text encoder. */
  readonly encoder: HashedFile;
}

/** What an experiment is opened with. */
export interface ExperimentOptions {
  /** A preset's name, or a JSON file of one's own (`readPresetFile`). */
  readonly preset: string;
  readonly seed: number;
}

/**
 * Opens (or continues) the experiment of a preset and seed inside this clone.
 *
 * @example
 * const experiment = await openExperiment({ preset: "quick", seed: 1 });
 * const data = await dataStage.run(experiment);
 */
export async function openExperiment(options: ExperimentOptions): Promise<Experiment> {
  const { seed } = options;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`Cannot use seed ${seed}: it must be a whole number from 0 up`);
  }
  const preset = isPresetFile(options.preset) ? await readPresetFile(options.preset) : presetOf(options.preset);
  const paths = pathsOfClone();
  const run = paths.run(preset.name);
  const store = new StageStore(join(run, `seed-${seed}`));
  const modelPath = await modelOf(preset, paths);
  const encoderPath = join(paths.models, "all-MiniLM-L6-v2");
  const weights = needed(join(encoderPath, "onnx", "model_quantized.onnx"));
  const model = { path: modelPath, hash: await fileHash(modelPath, paths.cache) };
  const encoder = { path: encoderPath, hash: await fileHash(weights, paths.cache) };
  return { preset, seed, paths, store, model, encoder };
}

/** The same experiment with another seed, its results in that seed's folder. */
export function withSeed(experiment: Experiment, seed: number): Experiment {
  if (seed === experiment.seed) return experiment;
  const store = new StageStore(join(experiment.paths.run(experiment.preset.name), `seed-${seed}`));
  return { ...experiment, seed, store };
}

/** The preset's other runs, whose ablations the figures that take several runs together show beside this one's. */
export function otherRuns(experiment: Experiment): readonly Experiment[] {
  const { runSeeds } = experiment.preset.ablation;
  return runSeeds.filter((seed) => seed !== experiment.seed).map((seed) => withSeed(experiment, seed));
}

async function modelOf(preset: Preset, paths: Paths): Promise<string> {
  if (preset.model.source === "smollm2-135m") return needed(join(paths.models, "SmolLM2-135M-Instruct.Q8_0.gguf"));
  if (preset.model.source === "file") {
    const { file } = preset.model;
    if (file === undefined) throw new RangeError(`Cannot open ${preset.name}: its preset names no model file`);
    if (!existsSync(file)) throw new MissingInputError(file, "the preset names it");
    return file;
  }
  const tiny = join(paths.run(preset.name), "tiny-model.gguf");
  if (!existsSync(tiny)) await writeTinyModel(tiny, { seed: 1, contextTokens: preset.model.contextTokens });
  return tiny;
}

function needed(path: string): string {
  if (!existsSync(path)) throw new MissingInputError(path, "run `npm run setup`, which fetches and checks it");
  return path;
}
