import { copyFile, mkdir, rm } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { namesIn, writeJson } from "../core";
import { publishStages, restoreStages, showsTexts, type Experiment } from "../experiment";
import { runRecord, writeResults } from "./results";

/** Writes tables, figures, executed notebooks and long stages of a whole run for committing, in the place of what was there. */
export async function publishRun(experiment: Experiment, executed: readonly string[], seconds: number): Promise<void> {
  const { paths, preset } = experiment;
  const folder = paths.results(preset.name);
  // Stages of the preset's other seeds stay.
  for (const name of await namesIn(folder)) {
    if (name !== "stages") await rm(join(folder, name), { recursive: true });
  }
  await writeResults(experiment, executed, folder);
  await writeJson(join(folder, "run.json"), await runRecord(experiment, executed, seconds));
  if (preset.commitsStages) await publishStages(experiment);
  report(experiment, await copyNotebooks(experiment, executed));
}

/**
 * Publishes the finished stages of a preset of hours, and tables, figures and notebooks of those notebooks that were executed: it
 * goes on from there in any clone. What is committed beyond them stays.
 */
export async function publishFinished(
  experiment: Experiment,
  executed: readonly string[],
  seconds: number,
): Promise<void> {
  const { paths, preset } = experiment;
  if (!preset.commitsStages) return;
  await restoreStages(experiment);
  const names = await publishStages(experiment);
  const folder = paths.results(preset.name);
  process.stdout.write(`Published to ${relative(paths.root, folder)}/stages: ${names.join(", ")}\n`);
  // Shown are the notebooks of the preset's first run, whose figures read the others.
  if (executed.length === 0 || experiment.seed !== preset.ablation.runSeeds[0]) return;
  const figures = join(folder, "figures");
  const starts = executed.map((path) => `${basename(path, ".ipynb")}-`);
  for (const name of await namesIn(figures)) {
    if (starts.some((start) => name.startsWith(start))) await rm(join(figures, name));
  }
  await writeResults(experiment, executed, folder);
  const record = await runRecord(experiment, executed, seconds);
  for (const path of executed) await writeJson(join(folder, "runs", `${basename(path, ".ipynb")}.json`), record);
  report(experiment, await copyNotebooks(experiment, executed));
}

async function copyNotebooks(experiment: Experiment, executed: readonly string[]): Promise<string | undefined> {
  const shown = notebookFolder(experiment);
  if (!shown) return undefined;
  await mkdir(shown, { recursive: true });
  for (const path of executed) await copyFile(path, join(shown, basename(path)));
  return shown;
}

function report({ paths, preset }: Experiment, shown: string | undefined): void {
  const folder = paths.results(preset.name);
  const places = [folder, ...(shown ? [shown] : [])].map((place) => `${relative(paths.root, place)}/`);
  process.stdout.write(`Published to ${places.join(" and ")}.\n`);
}

/** Where executed notebooks are published; none of data whose texts may not be. */
function notebookFolder({ paths, preset }: Experiment): string | undefined {
  if (!showsTexts(preset)) return undefined;
  return preset.name === "quick" ? paths.notebooks : join(paths.results(preset.name), "notebooks");
}
