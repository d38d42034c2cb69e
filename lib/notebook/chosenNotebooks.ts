import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import type { Experiment } from "../experiment";

/** The notebooks of a preset, in order: all, or those that it names by the start of their names. */
export async function notebooksOfPreset({ paths, preset }: Experiment): Promise<readonly string[]> {
  const all = (await readdir(paths.notebooks)).filter((name) => name.endsWith(".ipynb")).sort();
  return matching(all, preset.notebooks ?? []);
}

/**
 * Those of them whose names start as one of the wishes does; all of them without a wish.
 *
 * @throws RangeError for a wish that no notebook fits
 */
export async function chosenNotebooks(experiment: Experiment, wishes: readonly string[]): Promise<readonly string[]> {
  return matching(await notebooksOfPreset(experiment), wishes);
}

function matching(all: readonly string[], wishes: readonly string[]): readonly string[] {
  if (wishes.length === 0) return all;
  const unmet = wishes.filter((wish) => !all.some((name) => name.startsWith(wish)));
  if (unmet.length > 0) {
    const names = all.map((name) => basename(name, ".ipynb"));
    throw new RangeError(`Cannot run notebook ${unmet.join(", ")}: there are ${names.join(", ")}`);
  }
  return all.filter((name) => wishes.some((wish) => name.startsWith(wish)));
}
