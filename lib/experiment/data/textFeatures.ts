import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  labelled,
  matrixOf,
  MissingInputError,
  prngOf,
  readFloats,
  writeNumbers,
  type JobControl,
  type Matrix,
} from "../../core";
import { itemText, readRecLm, readRecLmFeatures, type CatalogueItem } from "../../data";
import { latentText, tfIdf } from "../../recommenders";
import { cloneAtHand, cloneFolder } from "./dataSources";
import { dataStage, type PreparedData } from "./dataStage";
import { encodeBy } from "./embeddings";
import type { Experiment } from "../experiment";
import { fileHashSync } from "../fileHash";
import type { TextName } from "../presets/textNames";

/** bert-base-nli-mean-tokens gives 768 numbers, of length 15 or so. */
const latent = { dimensions: 768, length: 15 };

// Raised by hand whenever the code behind it makes other numbers: kept ones would be taken for new.
const latentVersion = 1;

/** What names a kind of text in the inputs of stages. */
export function textHash(experiment: Experiment, name: TextName): string {
  const hashes: Readonly<Record<TextName, () => string>> = {
    encoder: () => experiment.encoder.hash,
    "tf-idf": () => latentName(latentVersion),
    "bert-base-nli": () => fileHashSync(present(paperWeights(experiment), name)),
    released: () => fileHashSync(present(releasedFile(cloneFolder(experiment)), name)),
  };
  return hashes[name]();
}

/**
 * The kinds of text that a preset's Base is trained with: its own, and on MIND, whose numbers the paper prints, those of the paper
 * that are at hand. Set-up fetches neither: they are the authors' array in the clone, and their encoder's folder in data/models
 * (config.json, tokenizer.json, tokenizer_config.json, onnx/model.onnx).
 */
export function textsOfBases(experiment: Experiment): readonly TextName[] {
  const { bases, data } = experiment.preset;
  if (data.source !== "mind") return bases.texts;
  const clone = cloneAtHand(experiment);
  const atHand: readonly TextName[] = [
    ...(existsSync(paperWeights(experiment)) ? (["bert-base-nli"] as const) : []),
    ...(clone !== undefined && existsSync(releasedFile(clone)) ? (["released"] as const) : []),
  ];
  return [...new Set([...bases.texts, ...atHand])];
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
  if (name === "bert-base-nli") return paperText(experiment, data, control);
  return (await readRecLmFeatures(await readRecLm("mind", cloneFolder(experiment)))).itemText!;
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

/** As HKUDS/RecLM's TextEncoder.py has it: sentence-transformers ends texts at 128 tokens and does not scale this model's vectors. */
function paperText({ paths }: Experiment, { catalogue }: PreparedData, control: JobControl): Promise<Matrix> {
  const texts = catalogue.indices().map((item) => itemText(catalogue.item(item)));
  const encoder = { folder: paperFolder(paths), paths, maxTokens: 128, weights: "fp32", scaled: false } as const;
  return encodeBy(encoder, texts, labelled(control, "item texts by the paper's encoder"));
}

function paperFolder({ models }: Experiment["paths"]): string {
  return join(models, "bert-base-nli-mean-tokens");
}

function paperWeights({ paths }: Experiment): string {
  return join(paperFolder(paths), "onnx", "model.onnx");
}

function releasedFile(clone: string): string {
  return join(clone, "data", "mind", "item_original_features.npy");
}

function present(file: string, name: TextName): string {
  if (existsSync(file)) return file;
  throw new MissingInputError(file, `take "${name}" out of the preset's texts, or put it there`);
}
