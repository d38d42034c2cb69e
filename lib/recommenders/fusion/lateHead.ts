import type { Tensor2D } from "@tensorflow/tfjs-node-gpu";
import { columnsOf, type Csr, gatherRows, type Matrix, matrixOf, rowOf } from "../../core";
import { loadTf } from "../../core/tf";
import type { Scorer } from "../../metrics";
import { symmetricEigen } from "../texts/eigen";

/** Ridge penalties of the two sides. */
export interface HeadPenalties {
  readonly user: number;
  readonly item: number;
}

/** A head fitted for every pair of penalties at once. */
export interface LateHead {
  /** Scores under some penalties: <row of users, row of items>. */
  scorer(penalties: HeadPenalties): Scorer;
}

/**
 * A closed-form head that scores items by what is known of both sides beside their pairs:
 * S = P (P'P + l_u I)^-1 P' X Q (Q'Q + l_i I)^-1 Q', with user inputs P [U, p], item inputs Q [I, q] and the training pairs X,
 * rows divided by the root of their number of pairs. Items without pairs are scored like any other.
 *
 * @example lateHead(train, headInputs([userProfiles]), headInputs([itemText, itemProfiles])).scorer({ user: 10, item: 10 })
 */
export async function lateHead(train: Csr, users: Matrix, items: Matrix): Promise<LateHead> {
  if (users.rows !== train.rows || items.rows !== train.cols) {
    const given = `${users.rows} users and ${items.rows} items`;
    throw new RangeError(`Cannot fit a head: inputs of ${given} stand beside pairs of ${train.rows} and ${train.cols}`);
  }
  const tf = loadTf();
  const tensors = tf.tidy(() => {
    const [p, q] = [tensorOf(users), tensorOf(items)];
    const ofUsers = symmetricEigen(tf, tf.matMul<Tensor2D>(p, p, true));
    const ofItems = symmetricEigen(tf, tf.matMul<Tensor2D>(q, q, true));
    const chosen = tf.matMul<Tensor2D>(p, tensorOf(chosenSums(train, items)), true);
    return {
      p: tf.matMul<Tensor2D>(p, ofUsers.vectors),
      q: tf.matMul<Tensor2D>(q, ofItems.vectors),
      // E_u' P'X Q E_i
      core: tf.matMul<Tensor2D>(ofUsers.vectors, tf.matMul<Tensor2D>(chosen, ofItems.vectors), true),
      userValues: ofUsers.values,
      itemValues: ofItems.values,
    };
  });
  const [p, q, core] = [tensors.p, tensors.q, tensors.core].map(matrixOfTensor);
  const [userValues, itemValues] = await Promise.all([tensors.userValues.data(), tensors.itemValues.data()]);
  for (const tensor of Object.values(tensors)) tensor.dispose();
  return {
    scorer({ user, item }) {
      if (!(user > 0 && item > 0))
        throw new RangeError(`Cannot score with penalties ${user}, ${item}: both must be above 0`);
      const shrunk = matrixOf(core!.rows, core!.cols, core!.data.slice());
      for (let r = 0; r < shrunk.rows; r++) {
        const row = rowOf(shrunk, r);
        for (let c = 0; c < row.length; c++)
          row[c]! /= (positive(userValues[r]!) + user) * (positive(itemValues[c]!) + item);
      }
      return deepScorer(product(p!, shrunk), q!);
    },
  };
}

function tensorOf({ rows, cols, data }: Matrix): Tensor2D {
  return loadTf().tensor2d(data, [rows, cols]);
}

/** A B, or A B'. */
function product(a: Matrix, b: Matrix, transposeB = false): Matrix {
  const tf = loadTf();
  // A tidy looks into what it returns: numbers one by one, for seconds.
  const tensor = tf.tidy(() => tf.matMul<Tensor2D>(tensorOf(a), tensorOf(b), false, transposeB));
  const result = matrixOfTensor(tensor);
  tensor.dispose();
  return result;
}

/** Scores <u, i> of long vectors, whose products TensorFlow's blocks keep in the cache. */
function deepScorer(users: Matrix, items: Matrix): Scorer {
  return { scores: (rows, candidates) => product(gatherRows(users, rows), gatherRows(items, candidates), true) };
}

/** Rounding may bring an eigenvalue of a Gram matrix below zero. */
const positive = (value: number): number => Math.max(0, value);

function matrixOfTensor(tensor: Tensor2D): Matrix {
  const [rows, cols] = tensor.shape;
  return matrixOf(rows, cols, tensor.dataSync<"float32">());
}

/** X Q: of each user the sum of the chosen items' inputs, divided by the root of their number. */
function chosenSums(train: Csr, items: Matrix): Matrix {
  const sums = matrixOf(train.rows, items.cols);
  for (let user = 0; user < train.rows; user++) {
    const chosen = columnsOf(train, user);
    const sum = rowOf(sums, user);
    const root = Math.sqrt(chosen.length);
    for (const item of chosen) {
      const row = rowOf(items, item);
      for (let c = 0; c < sum.length; c++) sum[c]! += row[c]! / root;
    }
  }
  return sums;
}

/** [1, 2 A, 2 B, ...]: what a head is given of a side. */
export function headInputs(parts: readonly Matrix[]): Matrix {
  const [first] = parts;
  if (!first || parts.some(({ rows }) => rows !== first.rows)) {
    throw new RangeError("Cannot join a head's inputs: there are none, or they are of different numbers of rows");
  }
  const joined = matrixOf(first.rows, 1 + parts.reduce((sum, { cols }) => sum + cols, 0));
  for (let r = 0; r < joined.rows; r++) {
    const row = rowOf(joined, r);
    row[0] = 1;
    let at = 1;
    for (const part of parts) {
      rowOf(part, r).forEach((value, c) => (row[at + c] = 2 * value));
      at += part.cols;
    }
  }
  return joined;
}

/**
 * A scorer whose cold items are helped by a second one: z(main), and for cold items z(main) + weight z(head), where z has mean
 * 0 and standard deviation 1 over a user's candidates.
 */
export function coldBlend(main: Scorer, head: Scorer, weight: number, coldItems: Int32Array): Scorer {
  return coldBlends(standardScores(main), standardScores(head), coldItems)(weight);
}

/** `coldBlend` for weights that are compared, from scores that are standard already. */
export function coldBlends(main: Scorer, head: Scorer, coldItems: Int32Array): (weight: number) => Scorer {
  const isCold = new Set(coldItems);
  return (weight) => ({
    scores(users, candidates) {
      const [own, helped] = [main.scores(users, candidates), head.scores(users, candidates)];
      const blended = matrixOf(own.rows, own.cols, own.data.slice());
      const cold = Int32Array.from(candidates.keys()).filter((column) => isCold.has(candidates[column]!));
      for (let r = 0; r < own.rows; r++) {
        const [row, other] = [rowOf(blended, r), rowOf(helped, r)];
        for (const column of cold) row[column] = row[column]! + weight * other[column]!;
      }
      return blended;
    },
  });
}

/** Scores of mean 0 and standard deviation 1 over each user's candidates; equal ones become 0. */
export function standardScores(scorer: Scorer): Scorer {
  return {
    scores(users, candidates) {
      const { rows, cols, data } = scorer.scores(users, candidates);
      const standard = matrixOf(rows, cols, data.slice());
      for (let r = 0; r < rows; r++) standardise(rowOf(standard, r));
      return standard;
    },
  };
}

function standardise(row: Float32Array): void {
  let [sum, squares] = [0, 0];
  for (const value of row) sum += value;
  const mean = sum / row.length;
  for (const value of row) squares += (value - mean) ** 2;
  const scale = squares > 0 ? 1 / Math.sqrt(squares / row.length) : 0;
  for (let c = 0; c < row.length; c++) row[c] = (row[c]! - mean) * scale;
}
