import { existsSync } from "node:fs";
import { join } from "node:path";
import { matrixOf, prngOf, writeJson, writeNumbers } from "reclm/core";
import { saveDataset } from "reclm/data";
import { dataStage, pathsOfClone, syntheticDataset, type Experiment } from "reclm/experiment";
import { writeTinyModel } from "reclm/llm";
import { benchOf, type Bench } from "./bench";

const encoderPath = join(pathsOfClone().models, "all-MiniLM-L6-v2");

/** Why a test that encodes texts cannot run here, or false. */
export const encoderMissing = existsSync(encoderPath)
  ? false
  : "data/models/all-MiniLM-L6-v2 is absent: npm run setup fetches it";

/**
 * The smoke experiment with a tiny model on disk and its data stage already there, item texts' vectors drawn by seed in the
 * place of encoded ones: what follows is then the same on every machine as far as arithmetic is.
 */
export async function smokeBench(): Promise<Bench> {
  const tiny = benchOf();
  const path = join(tiny.folder, "tiny.gguf");
  await writeTinyModel(path, { seed: 1, contextTokens: tiny.experiment.preset.model.contextTokens });
  // Names in the files' place: a byte more in a file is no change of what a stage does.
  const model = { path, hash: "model" };
  const experiment = { ...tiny.experiment, model, encoder: { path: encoderPath, hash: "encoder" } };
  await placeData(experiment);
  return { ...tiny, experiment };
}

async function placeData(experiment: Experiment): Promise<void> {
  const dataset = syntheticDataset({ users: 36, items: 60, seed: experiment.seed });
  const vectors = matrixOf(dataset.catalogue.size, 384);
  const prng = prngOf(experiment.seed, "made-up vectors");
  vectors.data.forEach((_, at) => (vectors.data[at] = (prng() - 0.5) / 8));
  const folder = dataStage.folder(experiment);
  await saveDataset(folder, dataset);
  await writeNumbers(join(folder, "item-text.f32"), vectors.data);
  await writeJson(join(folder, "stage.json"), { seconds: 0 });
}
