import { cpus, totalmem } from "node:os";
import { basename, join } from "node:path";
import { commit, processorName, readJson, versionOf, writeFileAtomic, type Json } from "../core";
import { allStages, type Experiment } from "../experiment";
import { readNotebook } from "./notebookFile";
import { resultParts } from "./resultParts";

/** What a run left behind. */
export interface WrittenResults {
  readonly tables: readonly string[];
  readonly figures: readonly string[];
  /** The tables as text for the terminal. */
  readonly text: string;
}

/** Writes the tables of the notebooks that were executed and every figure of theirs. */
export async function writeResults(
  experiment: Experiment,
  executed: readonly string[],
  folder: string,
): Promise<WrittenResults> {
  const figures = (await Promise.all(executed.map((path) => writeFigures(path, join(folder, "figures"))))).flat();
  const parts = await resultParts(
    experiment,
    executed.map((path) => basename(path, ".ipynb")),
  );
  const files = parts.flatMap((part) => Object.entries(part.files));
  for (const [name, text] of files) await writeFileAtomic(join(folder, name), text);
  return {
    tables: files.map(([name]) => join(folder, name)),
    figures,
    text: parts.map(({ text }) => text).join("\n\n"),
  };
}

/** The PNG of every figure that a notebook shows: `04-tuning-2.png` is the second of notebook 04. */
async function writeFigures(path: string, folder: string): Promise<readonly string[]> {
  const notebook = await readNotebook(path);
  const pictures = notebook.cells
    .flatMap((cell) => cell.outputs)
    .flatMap((output) => {
      const data = output["data"] as Readonly<Record<string, unknown>> | undefined;
      const picture = data?.["application/vnd.plotly.v1+json"] ? data["image/png"] : undefined;
      return typeof picture === "string" ? [picture] : [];
    });
  const files: string[] = [];
  for (const [at, picture] of pictures.entries()) {
    const file = join(folder, `${basename(path, ".ipynb")}-${at + 1}.png`);
    await writeFileAtomic(file, Buffer.from(picture, "base64"));
    files.push(file);
  }
  return files;
}

/**
 * What anyone needs to run it again: configuration, seed, commit, versions, machine, seconds of this run, and those that each
 * stage took when it was made, which may have been in an earlier run.
 */
export async function runRecord(experiment: Experiment, executed: readonly string[], seconds: number): Promise<Json> {
  return {
    preset: JSON.parse(JSON.stringify(experiment.preset)) as Json,
    seed: experiment.seed,
    model: experiment.model.hash,
    encoder: experiment.encoder.hash,
    notebooks: executed.map((path) => basename(path)),
    seconds: Math.round(seconds),
    stageSeconds: await stageSeconds(experiment),
    commit: commit(),
    node: process.version,
    versions: Object.fromEntries(
      ["@tensorflow/tfjs-node-gpu", "node-llama-cpp", "apache-arrow", "tslab"].map((name) => [name, versionOf(name)]),
    ),
    machine: {
      cores: cpus().length,
      processor: processorName(),
      memoryGB: Math.round(totalmem() / 2 ** 30),
    },
  };
}

async function stageSeconds(experiment: Experiment): Promise<Json> {
  const taken: Record<string, Json> = {};
  for (const stage of allStages) {
    const record = await readJson(join(stage.folder(experiment), "stage.json")).catch(() => undefined);
    const { seconds } = (record ?? {}) as { readonly seconds?: Json };
    if (seconds !== undefined) taken[stage.name] = seconds;
  }
  return taken;
}
