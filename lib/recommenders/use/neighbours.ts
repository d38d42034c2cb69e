import { type Csr, csrOfPairs, type JobControl, type Matrix, matrixOf, normalisedRows, rowOf } from "../../core";
import { equalHistories, type Neighbours } from "../../data";
import type { TrainingSet } from "../definition";
import { lightGcn } from "../models/lightGcn";
import { similarRows } from "./similarRows";
import type { Trained, TrainingOptions } from "../training/training";
import { trainRecommender, type EpochEnd } from "../training/trainRecommender";

/**
 * LightGCN (Base) for neighbours, trained for a fixed number of epochs.
 *
 * To find neighbours without an edge that a prompt will ask about, train on a set whose matrix is `withoutPairs(...)`.
 */
export function trainNeighbourModel(
  set: TrainingSet,
  itemText: Matrix,
  epochs: number,
  options: TrainingOptions,
  control: JobControl = {},
  visit?: (end: EpochEnd) => undefined,
): Promise<Trained> {
  return trainRecommender(lightGcn(), set, { itemText }, epochs, options, control, visit);
}

/** [U, d] the propagated user vectors of a trained LightGCN. */
export function lightGcnUserEmbeddings(trained: Trained): Matrix {
  if (trained.name !== "LightGCN") throw new TypeError(`Cannot take LightGCN's user vectors from ${trained.name}`);
  return trained.users;
}

/** The training matrix without given pairs; throws for a pair that is not in it. */
export function withoutPairs(train: Csr, users: ArrayLike<number>, items: ArrayLike<number>): Csr {
  if (users.length !== items.length) {
    throw new RangeError(`Cannot remove pairs: ${users.length} users stand beside ${items.length} items`);
  }
  const removed = new Set<string>();
  for (let p = 0; p < users.length; p++) removed.add(`${users[p]} ${items[p]}`);
  const rows: number[] = [];
  const columns: number[] = [];
  for (let u = 0; u < train.rows; u++) {
    for (let e = train.starts[u]!; e < train.starts[u + 1]!; e++) {
      if (removed.delete(`${u} ${train.columns[e]}`)) continue;
      rows.push(u);
      columns.push(train.columns[e]!);
    }
  }
  const [missing] = removed;
  if (missing !== undefined) throw new RangeError(`Cannot remove pair (${missing}): it is not a training pair`);
  return csrOfPairs(train.rows, train.cols, rows, columns);
}

/**
 * Each user's k most similar users by the cosine of their vectors [U, d], never the user; of equal cosines the lower index
 * comes first. Every pair of users is compared: U^2 d / 2 multiplications, memory for the vectors twice and a tile.
 *
 * Many users of sparse data have equal histories; each other's nearest, they tell a prompt nothing new, and the rest is decided by
 * vectors of their own: see `mostSimilarHistories`.
 */
export async function mostSimilarUsers(embeddings: Matrix, k: number, control: JobControl = {}): Promise<Neighbours> {
  const { rows, cosines } = await similarRows(embeddings, k, "users", control);
  return { k, users: rows, scores: cosines };
}

/**
 * Neighbours as a function of the history: users with equal rows of `histories` [U, I] get equal neighbours, each with another
 * history than theirs, so that a prompt depends on the history alone.
 *
 * A history's vector is the mean of its users' unit vectors; of a similar history the lowest user stands for all. Users without a
 * history have no neighbours and are nobody's. Equal cosines: the history whose lowest user is lower comes first.
 *
 * @example const neighbours = await mostSimilarHistories(lightGcnUserEmbeddings(model), train, 5);
 */
export async function mostSimilarHistories(
  embeddings: Matrix,
  histories: Csr,
  k: number,
  control: JobControl = {},
): Promise<Neighbours> {
  if (histories.rows !== embeddings.rows) {
    throw new RangeError(`Cannot find neighbours: ${histories.rows} histories stand beside ${embeddings.rows} vectors`);
  }
  const { groupOf, firstUsers } = equalHistories(histories);
  const means = groupMeans(normalisedRows(embeddings), groupOf, firstUsers.length);
  const similar = await similarRows(means, k, "histories", control);
  const users = new Int32Array(embeddings.rows * k).fill(-1);
  const scores = new Float32Array(embeddings.rows * k);
  groupOf.forEach((group, user) => {
    if (group < 0) return;
    for (let place = 0; place < k; place++) {
      const other = similar.rows[group * k + place]!;
      if (other >= 0) users[user * k + place] = firstUsers[other]!;
      scores[user * k + place] = similar.cosines[group * k + place]!;
    }
  });
  return { k, users, scores };
}

/** [G, d] the mean row of each group. */
function groupMeans(rows: Matrix, groupOf: Int32Array, groups: number): Matrix {
  const means = matrixOf(groups, rows.cols);
  const sizes = new Int32Array(groups);
  groupOf.forEach((group, row) => {
    if (group < 0) return;
    sizes[group]! += 1;
    const mean = rowOf(means, group);
    rowOf(rows, row).forEach((value, c) => (mean[c]! += value));
  });
  sizes.forEach((size, group) => rowOf(means, group).forEach((sum, c, mean) => (mean[c] = sum / size)));
  return means;
}
