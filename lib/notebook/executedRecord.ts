import { readdir } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { hashFile, hashJson, isFinished, readJson, versionOf, writeJson, type Json } from "../core";
import {
  ablationStage,
  allStages,
  gatedAblationStage,
  otherRuns,
  stagesOfNotebook,
  type Experiment,
} from "../experiment";

/**
 * What an executed notebook depends on: its source, the whole preset and the seed, every stage's name (data, settings, model), the
 * other runs that it shows, and the code of the library that drew it. No stage's name has how often a stage is repeated, or the label.
 */
export async function executionKey(experiment: Experiment, notebookPath: string): Promise<string> {
  return hashJson({
    notebook: await hashFile(notebookPath),
    preset: JSON.parse(JSON.stringify(experiment.preset)) as Json,
    seed: experiment.seed,
    stages: allStages.map((stage) => stage.hash(experiment)),
    runs: showsOtherRuns(notebookPath) ? otherAblations(experiment) : [],
    library: await libraryHash(),
    kernel: versionOf("tslab"),
  });
}

function showsOtherRuns(notebookPath: string): boolean {
  return basename(notebookPath, ".ipynb") === ablationStage.notebook;
}

/** Figures 2 and 3, and what gates make of them, show every run whose ablation is there. */
function otherAblations(experiment: Experiment): Json {
  return otherRuns(experiment).flatMap((run) =>
    [ablationStage, gatedAblationStage].map((stage) => [run.seed, stage.hash(run), isFinished(stage.folder(run))]),
  );
}

/** Whether the notebook at `output` was executed whole under this key, and what it made is still there. */
export async function isExecuted(experiment: Experiment, output: string, key: string): Promise<boolean> {
  const record = (await readJson(recordPath(output)).catch(() => undefined)) as Partial<ExecutedRecord> | undefined;
  if (record?.key !== key || record.sha256 === undefined) return false;
  // Later notebooks and the tables read them, and only this notebook would make them again.
  if (!record.stages?.every((stage) => isFinished(join(experiment.store.root, stage)))) return false;
  return record.sha256 === (await hashFile(output).catch(() => ""));
}

/** Remembers that the notebook at `output` was executed whole. */
export async function rememberExecuted(experiment: Experiment, output: string, key: string): Promise<void> {
  const folders = stagesOfNotebook(experiment, basename(output, ".ipynb")).map((stage) => stage.folder(experiment));
  const stages = folders.filter(isFinished).map((folder) => relative(experiment.store.root, folder));
  const record: ExecutedRecord = { key, sha256: await hashFile(output), stages };
  await writeJson(recordPath(output), { ...record });
}

interface ExecutedRecord {
  readonly key: string;
  readonly sha256: string;
  /** Folders below the store's of those stages of the notebook that were finished: not every preset, or replay, makes all of them. */
  readonly stages: readonly string[];
}

function recordPath(output: string): string {
  return output.replace(/\.ipynb$/, ".executed.json");
}

let library: Promise<string> | undefined;

/** Of the compiled library, which this file is part of. */
function libraryHash(): Promise<string> {
  library ??= hashFolder(join(__dirname, ".."));
  return library;
}

async function hashFolder(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(js|wasm)$/.test(name)).sort();
  const hashes: string[] = [];
  for (const name of names) hashes.push(name, await hashFile(join(folder, name)));
  return hashJson(hashes);
}
