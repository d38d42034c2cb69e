import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StageStore } from "reclm/core";
import { pathsOfClone, presetOf, type Experiment, type Preset } from "reclm/experiment";

/** An experiment that keeps its results in a folder of its own, and a way to be rid of it. */
export interface Bench {
  readonly experiment: Experiment;
  readonly folder: string;
  dispose(): void;
}

/** What a test puts in the place of an experiment's own parts. */
export type Parts = Partial<Pick<Experiment, "seed" | "model" | "encoder">> & { readonly preset?: Preset };

/** An experiment of the smoke preset with seed 1, unless said; its model and encoder are names that no file stands behind. */
export function benchOf({ preset = presetOf("smoke"), seed = 1, model, encoder }: Parts = {}): Bench {
  const folder = mkdtempSync(join(tmpdir(), "reclm-experiment-"));
  const clone = pathsOfClone();
  const paths = { ...clone, cache: join(folder, "cache"), run: (name: string) => join(folder, "runs", name) };
  const experiment: Experiment = {
    preset,
    seed,
    paths: { ...paths, results: (name) => join(folder, "results", name), notebooks: join(folder, "notebooks") },
    store: new StageStore(join(folder, "store")),
    model: model ?? { path: join(folder, "absent.gguf"), hash: "model" },
    encoder: encoder ?? { path: join(folder, "absent-encoder"), hash: "encoder" },
  };
  return { experiment, folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}
