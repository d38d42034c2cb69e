import {
  MissingInputError,
  type JobControl,
  type Json,
  type StageCodec,
  type StageKey,
  type StageResult,
} from "../core";
import type { Experiment } from "./experiment";

/** What makes a stage of the experiment. */
export interface StageDefinition<T, Made = T> {
  /** Names the folder of its results: letters, digits, hyphens. */
  readonly name: string;
  /** Raised by hand whenever the code behind it changes what it makes; a golden test says when that was forgotten. */
  readonly version: number;
  /** The notebook that runs it, for the message of a reader who came too early. */
  readonly notebook: string;
  /** Whether it takes seconds, whatever the preset: readers then make it where it is not there. */
  readonly takesSeconds?: true;
  /** Settings, seeds, file hashes and the hashes of the stages it reads. */
  readonly inputs: (experiment: Experiment) => Json;
  readonly codec: StageCodec<T, Made> | ((experiment: Experiment) => StageCodec<T, Made>);
  /** `work` is a folder for checkpoints that outlives a kill and is removed when the stage is finished. */
  readonly compute: (experiment: Experiment, work: string, control: JobControl) => Promise<Made>;
}

/** A step of the experiment whose result is computed once and found again by the hash of its inputs. */
export interface Stage<T> {
  readonly name: string;
  readonly version: number;
  readonly notebook: string;
  /** The stage's result, computed now if nobody has; killed and run again, it continues. */
  run(experiment: Experiment, control?: JobControl): Promise<T>;
  /** The stage's result; where it is not there, it is computed if that takes seconds, else a MissingInputError names the notebook to run. */
  read(experiment: Experiment): Promise<T>;
  /** 16 hex digits that name the result, known before it is computed. */
  hash(experiment: Experiment): string;
  /** Where the result lies. */
  folder(experiment: Experiment): string;
}

/** Binds a definition to the experiment's store. */
export function defineStage<T, Made = T>(definition: StageDefinition<T, Made>): Stage<T> {
  const keyOf = (experiment: Experiment): StageKey => ({
    name: definition.name,
    version: definition.version,
    inputs: definition.inputs(experiment),
  });
  const codecOf = (experiment: Experiment): StageCodec<T, Made> =>
    typeof definition.codec === "function" ? definition.codec(experiment) : definition.codec;
  const kept = new WeakMap<Experiment, T>();
  const keep = (experiment: Experiment, result: StageResult<T>): T => {
    kept.set(experiment, result.value);
    return result.value;
  };
  return {
    name: definition.name,
    version: definition.version,
    notebook: definition.notebook,
    async run(experiment, control = {}) {
      const compute = (work: string): Promise<Made> => definition.compute(experiment, work, control);
      return keep(experiment, await experiment.store.run(keyOf(experiment), codecOf(experiment), compute));
    },
    async read(experiment) {
      const held = kept.get(experiment);
      if (held !== undefined) return held;
      if (definition.takesSeconds) return this.run(experiment);
      const remedy = `run notebook ${definition.notebook} first (preset "${experiment.preset.name}", seed ${experiment.seed})`;
      return keep(experiment, await experiment.store.read(keyOf(experiment), codecOf(experiment), remedy));
    },
    hash: (experiment) => experiment.store.hashOf(keyOf(experiment)),
    folder: (experiment) => experiment.store.folderOf(keyOf(experiment)),
  };
}

/** The stage's result where it is there. */
export async function readIfThere<T>(stage: Stage<T>, experiment: Experiment): Promise<T | undefined> {
  try {
    return await stage.read(experiment);
  } catch (error) {
    if (error instanceof MissingInputError) return undefined;
    throw error;
  }
}
