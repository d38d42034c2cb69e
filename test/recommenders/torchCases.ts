// The cases of test/reference/recommenders/recommenders_torch.py, and trainings that start where they start.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { csrOfPairs, type Matrix } from "reclm/core";
import {
  type Augment,
  autodiffTwin,
  type Batch,
  type EdgeDraw,
  type Fusion,
  type ItemSource,
  type Noise,
  type Recipe,
  type RecommenderDefinition,
  type RecommenderName,
  recommenders,
  sgl,
  simGcl,
  Training,
} from "reclm/recommenders";

interface Listed {
  readonly rows: number;
  readonly cols: number;
  readonly data: readonly number[];
}

/** One model, recipe and augmentation, as PyTorch computes it. */
export interface Case {
  readonly model: RecommenderName;
  readonly recipe: Recipe;
  readonly items: ItemSource;
  readonly fusion: Fusion;
  readonly augment: Augment;
  readonly width: number;
  readonly layers: number;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, Pick<Listed, "rows" | "data">>>;
  readonly adamLosses: readonly number[];
  readonly scores: readonly number[];
}

type Mask = Readonly<Record<"toUsers" | "toItems" | "userLoops" | "itemLoops", readonly number[]>>;

interface Reference {
  readonly userCount: number;
  readonly itemCount: number;
  readonly nominal: number;
  readonly regularisation: number;
  readonly learningRate: number;
  readonly warmItems: readonly number[];
  readonly pairs: readonly (readonly [number, number])[];
  readonly batch: readonly (readonly [number, number, number])[];
  readonly negatives: readonly (readonly number[])[];
  readonly features: Readonly<Record<"itemText" | "userProfiles" | "itemProfiles", Listed>>;
  readonly values: Readonly<Record<string, readonly number[]>>;
  readonly masks: Readonly<Record<Recipe, readonly [Mask, Mask]>>;
  readonly noise: readonly (readonly Readonly<Record<"users" | "items", readonly number[]>>[])[];
  readonly cases: readonly Case[];
}

const path = join(__dirname, "../../../test/reference/recommenders/recommenders_torch.json");
export const reference = JSON.parse(readFileSync(path, "utf8")) as Reference;

const matrix = ({ rows, cols, data }: Listed): Matrix => ({ rows, cols, data: Float32Array.from(data) });
const column = (values: readonly (readonly number[])[], c: number): Int32Array =>
  Int32Array.from(values, (row) => row[c]!);

/** The masks of the two views, in turn. */
function drawOf(recipe: Recipe): EdgeDraw {
  let view = 0;
  return () => {
    const { toUsers, toItems, userLoops, itemLoops } = reference.masks[recipe][view++ % 2]!;
    return {
      toUsers: Uint8Array.from(toUsers),
      toItems: Uint8Array.from(toItems),
      userLoops: Uint8Array.from(userLoops),
      itemLoops: Uint8Array.from(itemLoops),
    };
  };
}

const rowsOf = (view: 0 | 1, layer: number, side: "users" | "items"): Float32Array =>
  Float32Array.from(reference.noise[view]![layer - 1]![side]);

const noiseOf =
  (eps: number): Noise =>
  (x, view, layer, side) => {
    const noise = rowsOf(view, layer, side);
    const data = x.data;
    noise.forEach((value, n) => (data[n]! += eps * Math.sign(data[n]!) * value));
  };

/** The case's model by the kernels and by TensorFlow's gradients, with the case's dropped edges and noise. */
export function definitionsOf({
  model,
  recipe,
  items,
  fusion,
  augment,
  layers,
}: Case): Record<string, RecommenderDefinition> {
  const options = { recipe, items, fusion, layers };
  const draw = drawOf(recipe);
  const kernels = {
    ...recommenders,
    SGL: () => sgl(augment, { ...options, draw }),
    SimGCL: () => simGcl(augment, { ...options, noise: noiseOf }),
  }[model](augment, options);
  // The gates have no twin.
  if (fusion === "gated") return { kernels };
  return { kernels, autodiff: autodiffTwin(model, augment, { ...options, draw: drawOf(recipe), noise: rowsOf }) };
}

/** The numbers of a parameter in the order of its rows: vectors of items' own are kept trained items first. */
export function inRows(name: string, values: readonly number[], cols: number): readonly number[] {
  if (!/(^|\.)item$/.test(name)) return values;
  const items = Array.from({ length: reference.itemCount }, (_, i) => i);
  const order = [...reference.warmItems, ...items.filter((i) => !reference.warmItems.includes(i))];
  return order.flatMap((item) => values.slice(item * cols, (item + 1) * cols));
}

/** A training whose parameters are the case's. */
export function trainingOf(definition: RecommenderDefinition, { width, gradients }: Case): Training {
  const { userCount, itemCount, regularisation, learningRate, features, pairs } = reference;
  const set = {
    userCount,
    itemCount,
    train: csrOfPairs(userCount, itemCount, column(pairs, 0), column(pairs, 1)),
    warmItems: Int32Array.from(reference.warmItems),
  };
  const known = {
    itemText: matrix(features.itemText),
    userProfiles: matrix(features.userProfiles),
    itemProfiles: matrix(features.itemProfiles),
  };
  const options = { seed: 1, batch: reference.nominal, learningRate, width, regularisation };
  const training = new Training(definition, set, known, options);
  for (const { name, value } of training.parameters.all) {
    const values = reference.values[`${name} (${gradients[name]!.rows}, ${value.cols})`]!;
    value.data.set(inRows(name, values, value.cols));
  }
  return training;
}

/** The batch, with as many negatives as the case's model draws. */
export function batchOf({ model, recipe }: Case): Batch {
  const many = model === "NCF" && recipe === "canonical";
  return {
    users: column(reference.batch, 0),
    positives: column(reference.batch, 1),
    negatives: many ? Int32Array.from(reference.negatives.flat()) : column(reference.batch, 2),
  };
}
