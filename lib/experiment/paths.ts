import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { MissingInputError } from "../core";

/** Where everything lies inside one clone. */
export interface Paths {
  readonly root: string;
  readonly raw: string;
  readonly models: string;
  /** Caches that every preset may use: text embeddings by content. */
  readonly cache: string;
  /** Stage results, executed notebooks, tables and figures of one preset. */
  readonly run: (preset: string) => string;
  readonly notebooks: string;
  /** What is committed, one folder a preset. */
  readonly results: (preset: string) => string;
}

/** The clone that holds this library: the nearest folder above whose package.json is the project's. */
export function pathsOfClone(start: string = __dirname): Paths {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && /"name":\s*"reclm-notebooks"/.test(readFileSync(manifest, "utf8")))
      return pathsAt(folder);
    if (dirname(folder) === folder) {
      throw new MissingInputError(
        `the project's package.json above ${start}`,
        "run from inside a clone of the project",
      );
    }
  }
}

function pathsAt(root: string): Paths {
  // Runs grow large: they may lie on another disk.
  const runs = resolve(process.env["RECLM_RUNS"] ?? join(root, "data", "runs"));
  return {
    root,
    raw: join(root, "data", "raw"),
    models: join(root, "data", "models"),
    cache: join(runs, "cache"),
    run: (preset) => join(runs, preset),
    notebooks: join(root, "notebooks"),
    results: (preset) => join(root, "results", preset),
  };
}
