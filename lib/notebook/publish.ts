import { copyFile, mkdir, rm } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { namesIn, writeJson } from "../core";
import { publishStages, restoreStages, showsTexts, type Experiment } from "../experiment";
import { runRecord, writeResults } from "./results";

/**
 * Writes tables, figures, executed notebooks and long stages of a whole run for committing, then removes what an earlier one left
 * beside them; of another seed than the first the stages alone.
 */
export async function publishRun(experiment: Experiment, executed: readonly string[], seconds: number): Promise<void> {
  const { paths, preset } = experiment;
  if (preset.commitsStages) await publishAllStages(experiment);
  if (!isShown(experiment)) {
    process.stdout.write(
      `Tables, figures and notebooks that are published are those of seed ${shownSeed(experiment)}.\n`,
    );
    return;
  }
  const folder = paths.results(preset.name);
  const { tables, figures } = await writeResults(experiment, executed, folder);
  const record = join(folder, "run.json");
  await writeJson(record, await runRecord(experiment, executed, seconds));
  const notebooks = await copyNotebooks(experiment, executed);
  // Stages of the preset's other seeds stay.
  await keepOnly(folder, [...tables, ...figures, ...notebooks, record, join(folder, "stages")]);
  report(experiment);
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
  await publishAllStages(experiment);
  if (executed.length === 0 || !isShown(experiment)) return;
  const folder = paths.results(preset.name);
  const written = await writeResults(experiment, executed, folder);
  const figures = join(folder, "figures");
  const starts = executed.map((path) => `${basename(path, ".ipynb")}-`);
  for (const name of await namesIn(figures)) {
    const isNamed = written.figures.includes(join(figures, name));
    if (!isNamed && starts.some((start) => name.startsWith(start))) await rm(join(figures, name));
  }
  const record = await runRecord(experiment, executed, seconds);
  for (const path of executed) await writeJson(join(folder, "runs", `${basename(path, ".ipynb")}.json`), record);
  await copyNotebooks(experiment, executed);
  report(experiment);
}

/** Those of the store and those that are committed already: a run from an empty store takes nothing away. */
async function publishAllStages(experiment: Experiment): Promise<void> {
  const { paths, preset } = experiment;
  await restoreStages(experiment);
  const names = await publishStages(experiment);
  const folder = relative(paths.root, paths.results(preset.name));
  process.stdout.write(`Published to ${folder}/stages: ${names.join(", ")}\n`);
}

/** Shown are the notebooks of the preset's first run, whose figures read the others. */
function isShown(experiment: Experiment): boolean {
  return experiment.seed === shownSeed(experiment);
}

function shownSeed({ preset }: Experiment): number {
  return preset.ablation.runSeeds[0]!;
}

/** Removes everything else below a folder. */
async function keepOnly(folder: string, kept: readonly string[]): Promise<void> {
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (kept.includes(path)) continue;
    if (kept.some((each) => each.startsWith(`${path}${sep}`))) await keepOnly(path, kept);
    else await rm(path, { recursive: true });
  }
}

/** The executed notebooks where they are published. */
async function copyNotebooks(experiment: Experiment, executed: readonly string[]): Promise<readonly string[]> {
  const folder = notebookFolder(experiment);
  if (!folder) return [];
  await mkdir(folder, { recursive: true });
  const copies = executed.map((path) => [path, join(folder, basename(path))] as const);
  for (const [path, copy] of copies) await copyFile(path, copy);
  return copies.map(([, copy]) => copy);
}

function report(experiment: Experiment): void {
  const { paths, preset } = experiment;
  const shown = notebookFolder(experiment);
  const places = [paths.results(preset.name), ...(shown ? [shown] : [])];
  const names = places.map((place) => `${relative(paths.root, place)}/`);
  process.stdout.write(`Published to ${names.join(" and ")}.\n`);
}

/** Where executed notebooks are published; none of data whose texts may not be. */
function notebookFolder({ paths, preset }: Experiment): string | undefined {
  if (!showsTexts(preset)) return undefined;
  return preset.name === "quick" ? paths.notebooks : join(paths.results(preset.name), "notebooks");
}
