import { cpus, totalmem } from "node:os";
import { basename, join } from "node:path";
import { commit, versionOf, writeFileAtomic, writeJson, type Json } from "../core";
import {
  accuracyRows,
  comparePolicies,
  evidenceRows,
  findingRows,
  maskEvidenceStage,
  policyEvidence,
  qualityRows,
  qualityStage,
  rewardStage,
  table1Csv,
  table1Json,
  table1Markdown,
  table1Stage,
  testRows,
  verdicts,
  type Experiment,
} from "../experiment";
import { readNotebook } from "./notebookFile";
import { table } from "./table";

/** What a run left behind. */
export interface WrittenResults {
  readonly tables: readonly string[];
  readonly figures: readonly string[];
  /** Table 1 and the profile measures as text for the terminal. */
  readonly text: string;
}

/** Writes Table 1 (Markdown, CSV, JSON), the profile measures, the run record, and every figure of executed notebooks. */
export async function writeResults(
  experiment: Experiment,
  executed: readonly string[],
  folder: string,
  seconds: number,
): Promise<WrittenResults> {
  const figures = (await Promise.all(executed.map((path) => writeFigures(path, join(folder, "figures"))))).flat();
  const record = join(folder, "run.json");
  await writeJson(record, recordOf(experiment, executed, seconds));
  const { table: table1 } = await table1Stage.read(experiment);
  const quality = await qualityStage.read(experiment);
  const numbers = qualityRows(quality);
  const reward = accuracyRows(await rewardStage.read(experiment));
  const mask = await maskEvidenceStage.read(experiment);
  const policies = await policyEvidence(experiment);
  const evidence = evidenceRows([mask, ...policies]);
  const answers = findingRows(comparePolicies(mask, policies));
  const files: Readonly<Record<string, string>> = {
    "table-1.md": table1Markdown(table1),
    "table-1.csv": table1Csv(table1),
    "table-1.json": `${JSON.stringify(table1Json(table1), null, 2)}\n`,
    "profile-quality.json": `${JSON.stringify(numbers, null, 2)}\n`,
    "profile-quality.md": `${table(numbers).markdown()}\n`,
    "reward-accuracy.json": `${JSON.stringify(reward, null, 2)}\n`,
    "reward-accuracy.md": `${table(reward).markdown()}\n`,
    "ppo.json": `${JSON.stringify({ policies: evidence, findings: answers }, null, 2)}\n`,
    "ppo.md": `${table(evidence).markdown()}\n\n${table(answers).markdown()}\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(folder, name), text);
  const text = [
    "Table 1",
    table1Markdown(table1),
    "Augmented against Base and controls (Recall@20, paired over users)",
    table(testRows(table1), { limit: 60 }).text(),
    "",
    table(verdicts(table1)).text(),
    "",
    "Profiles of users never seen in tuning",
    table(numbers, {
      columns: ["variant", "n", "in format", "terms shared with own teacher", "with a shuffled teacher"],
    }).text(),
    "",
    "Held-out preference pairs ranked right by the reward model",
    table(reward, { columns: ["rejected answer", "pairs", "ranked right"] }).text(),
    "",
    "RecLM (PPO) and Mask on users never seen in tuning",
    table(evidence, { columns: ["policy", "n", "mean reward", "KL to Mask", "complete format", "tokens"] }).text(),
  ].join("\n");
  return { tables: Object.keys(files).map((name) => join(folder, name)), figures, text };
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

/** What anyone needs to run it again: configuration, seed, commit, versions, machine, seconds. */
function recordOf(experiment: Experiment, executed: readonly string[], seconds: number): Json {
  return {
    preset: JSON.parse(JSON.stringify(experiment.preset)) as Json,
    seed: experiment.seed,
    model: experiment.model.hash,
    encoder: experiment.encoder.hash,
    notebooks: executed.map((path) => basename(path)),
    seconds: Math.round(seconds),
    commit: commit(),
    node: process.version,
    versions: Object.fromEntries(
      ["@tensorflow/tfjs-node-gpu", "node-llama-cpp", "apache-arrow", "tslab"].map((name) => [name, versionOf(name)]),
    ),
    machine: {
      cores: cpus().length,
      processor: cpus()[0]?.model ?? "unknown",
      memoryGB: Math.round(totalmem() / 2 ** 30),
    },
  };
}
