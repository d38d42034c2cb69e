import { breathe, type Csr, csrOfPairs, type JobControl, type Matrix, normalisedRows } from "../core";
import type { Neighbours } from "../data";
import { keepBest } from "../metrics";
import type { TrainingSet } from "./definition";
import { Kernels } from "./kernels";
import { lightGcn } from "./lightGcn";
import type { Trained, TrainingOptions } from "./training";
import { trainRecommender } from "./trainRecommender";

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
): Promise<Trained> {
  return trainRecommender(lightGcn(), set, { itemText }, epochs, options, control);
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

/** Users compared with all others at once. */
const blockRows = 64;

/**
 * Each user's k most similar users by the cosine of their vectors [U, d], never the user; of equal cosines the lower index
 * comes first. Blocked full ranking: U^2 d multiplications, memory for 64 rows of U.
 */
export async function mostSimilarUsers(embeddings: Matrix, k: number, control: JobControl = {}): Promise<Neighbours> {
  if (!(Number.isInteger(k) && k >= 1)) throw new RangeError(`Cannot find ${k} neighbours: k must be at least 1`);
  const count = embeddings.rows;
  const kernels = new Kernels();
  const unit = kernels.tensor(count, embeddings.cols, normalisedRows(embeddings));
  const turned = kernels.tensor(embeddings.cols, count);
  const cosines = kernels.tensor(Math.min(blockRows, count), count);
  kernels.run.transpose(unit.address, turned.address, count, embeddings.cols);
  const users = new Int32Array(count * k).fill(-1);
  const scores = new Float32Array(count * k);
  const self = new Uint8Array(count);
  for (let from = 0; from < count; from += blockRows) {
    await breathe(control.signal);
    const rows = Math.min(blockRows, count - from);
    const block = kernels.rowsOf(unit, from, rows).address;
    kernels.run.gemm(block, turned.address, cosines.address, rows, embeddings.cols, count, 0, 0);
    const data = cosines.data;
    for (let r = 0; r < rows; r++) {
      const user = from + r;
      self[user] = 1;
      const [begin, end] = [user * k, (user + 1) * k] as const;
      keepBest(
        data.subarray(r * count, (r + 1) * count),
        self,
        undefined,
        users.subarray(begin, end),
        scores.subarray(begin, end),
      );
      self[user] = 0;
    }
    control.progress?.({ label: "neighbours", done: from + rows, total: count, unit: "users" });
  }
  return { k, users, scores };
}
