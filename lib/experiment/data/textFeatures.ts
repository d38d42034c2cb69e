import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  matrixOf,
  MissingInputError,
  prngOf,
  readFloats,
  writeNumbers,
  type JobControl,
  type Matrix,
} from "../../core";
import { readRecLm, readRecLmFeatures, type CatalogueItem } from "../../data";
import { latentText, tfIdf } from "../../recommenders";
import { cloneFolder } from "./dataSources";
import { dataStage, type PreparedData } from "./dataStage";
import type { Experiment } from "../experiment";
import { fileHashSync } from "../fileHash";
import type { TextName } from "../presets/textNames";

/** bert-base-nli-mean-tokens gives 768 numbers, of length 15 or so. */
const latent = { dimensions: 768, length: 15 };

// Raised by hand whenever the code behind it makes other numbers: kept ones would be taken for new.
const latentVersion = 1;

/** What names a kind of text in the inputs of stages. */
export function textHash(experiment: Experiment, name: TextName): string {
  if (name === "encoder") return experiment.encoder.hash;
  return name === "tf-idf" ? latentName(latentVersion) : fileHashSync(releasedFile(experiment));
}

/** The first version is not named: stages are stored under hashes without it. */
export function latentName(version: number): string {
  const settings = `tf-idf ${latent.dimensions} ${latent.length}`;
  return version === 1 ? settings : `${settings} v${version}`;
}

/** [I, d] text features of all items. */
export async function textFeatures(experiment: Experiment, name: TextName, control: JobControl = {}): Promise<Matrix> {
  const data = await dataStage.read(experiment);
  if (name === "encoder") return data.itemText;
  if (name === "tf-idf") return keptLatentText(experiment, data, control);
  const { itemText } = await readRecLmFeatures(await readRecLm("mind", cloneFolder(experiment)));
  return itemText!;
}

/** Minutes of algebra, so kept in the cache under the name of all that it is made of. */
async function keptLatentText(experiment: Experiment, data: PreparedData, { signal }: JobControl): Promise<Matrix> {
  const settings = latentName(1).replaceAll(" ", "-");
  const name = `${dataStage.hash(experiment)}-${settings}-v${latentVersion}.f32`;
  const file = join(experiment.paths.cache, "latent-text", name);
  const items = data.catalogue.size;
  const dimensions = Math.min(latent.dimensions, items);
  if (existsSync(file)) return matrixOf(items, dimensions, await readFloats(file));
  const texts = data.catalogue.indices().map((item) => weightedText(data.catalogue.item(item)));
  const prng = prngOf(experiment.seed, "latent text");
  const { length } = latent;
  const features = await latentText(tfIdf(texts), dimensions, { length, prng, ...(signal ? { signal } : {}) });
  await writeNumbers(file, features.data);
  return features;
}

function weightedText({ title, categories, abstract = "" }: CatalogueItem): string {
  const named = [title, ...categories].join(" ");
  return `${named} ${named} ${abstract}`;
}

function releasedFile(experiment: Experiment): string {
  const file = join(cloneFolder(experiment), "data", "mind", "item_original_features.npy");
  if (existsSync(file)) return file;
  throw new MissingInputError(file, 'this clone lacks it: take "released" out of the preset\'s texts');
}
