import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { isPresetFile, presetNames, wishedWorkers } from "../experiment";

/** What `npm run reproduce` was asked for. */
export interface ReproduceOptions {
  /** A name, or the absolute path of a preset file. */
  readonly preset: string;
  readonly seed: number;
  /** Notebooks by the start of their names ("03"); all of them when empty. */
  readonly notebooks: readonly string[];
  /** Forget finished stages of this preset and seed first. */
  readonly fresh: boolean;
  /** Read the committed results of long stages (results/<preset>/stages) in the place of tuning again. */
  readonly replay: boolean;
  /** Also write results/<preset>/ and the executed notebooks into the clone's committed folders. */
  readonly publish: boolean;
  /** Processes that train recommenders side by side. */
  readonly workers: number;
  readonly help: boolean;
}

export const usage = `npm run reproduce -- [options]

  --preset ${presetNames.join(" | ")}   how much to run (default: quick), or a file of yours
                             (docs/own-data.md)
  --notebook NN              only the notebook whose name starts with NN; may be given more than once
  --seed N                   another seed (default: 1)
  --fresh                    forget finished stages of this preset and seed first
  --replay                   use the committed results of tuning and training (results/<preset>/stages) where they fit
  --publish                  write results/<preset>/ and the executed notebooks for committing; with --notebook,
                             or interrupted, what is finished, beside what is there (presets of hours)
  --workers N                train recommenders in N processes of one thread each: faster from two cores up, rounds
                             otherwise in the last digits (default: one process with all threads)
  --help                     this text`;

/** Reads the command line; throws for options that do not exist or make no sense. */
export function reproduceOptions(args: readonly string[]): ReproduceOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      preset: { type: "string", default: "quick" },
      seed: { type: "string", default: "1" },
      notebook: { type: "string", multiple: true, default: [] },
      fresh: { type: "boolean", default: false },
      replay: { type: "boolean", default: false },
      publish: { type: "boolean", default: false },
      workers: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (!/^\d+$/.test(values.seed)) throw new RangeError(`Cannot use seed "${values.seed}": it must be a whole number`);
  const ownFile = isPresetFile(values.preset);
  if (!ownFile && !presetNames.some((name) => name === values.preset)) {
    throw new RangeError(
      `Cannot use preset "${values.preset}": the presets are ${presetNames.join(", ")}, or a .json file of yours`,
    );
  }
  const { fresh, replay, publish, help } = values;
  // Notebooks run in another folder.
  const preset = ownFile ? resolve(values.preset) : values.preset;
  const workers = wishedWorkers(values.workers);
  return { preset, seed: Number(values.seed), notebooks: values.notebook, fresh, replay, publish, workers, help };
}
