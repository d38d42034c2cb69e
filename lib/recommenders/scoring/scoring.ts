import { gatherRows, type Matrix, matrixOf } from "../../core";
import type { Scorer } from "../../metrics";
import type { Scoring } from "../definition";
import { dotScorer } from "./dotScorer";
import { gemmFlags, type Tensor } from "../kernels";
import { tensorScorer } from "./tensorScorer";

/** Vectors that users and items are scored by. */
export interface Vectors {
  readonly users: Matrix;
  readonly items: Matrix;
}

/** The scorer that a form of scoring makes of vectors and, for NCF, of trained layers by name. */
export function scorerOf(scoring: Scoring, vectors: Vectors, layers: Readonly<Record<string, Matrix>>): Scorer {
  const scorers: Readonly<Record<Scoring, () => Scorer>> = {
    dot: () => dotScorer(vectors.users, vectors.items),
    "ncf-reclm": () => neuMfReclmScorer(vectors, named(layers)),
    "ncf-canonical": () => neuMfCanonicalScorer(vectors, named(layers)),
  };
  return scorers[scoring]();
}

type Named = (name: string) => Matrix;

function named(layers: Readonly<Record<string, Matrix>>): Named {
  return (name) => {
    const found = layers[name];
    if (!found) throw new RangeError(`Cannot score: the model has no layer "${name}"`);
    return found;
  };
}

/** sum(w * u * z) + sum ReLU(W_u u + b + W_z z) for all pairs of a block. */
function neuMfReclmScorer({ users, items }: Vectors, layer: Named): Scorer {
  const [product, weight, bias] = [layer("product"), layer("joint.weight"), layer("joint.bias")];
  const d = users.cols;
  return tensorScorer((kernels, rows, candidates) => {
    const { run } = kernels;
    const copy = (matrix: Matrix): Tensor => kernels.tensor(matrix.rows, matrix.cols, matrix);
    const [u, z, w] = [copy(gatherRows(users, rows)), copy(gatherRows(items, candidates)), copy(weight)];
    const [ofUsers, ofItems] = [kernels.scratch(u.rows, d), kernels.scratch(z.rows, d)];
    const bottom = kernels.rowsOf(w, d, d).address;
    run.gemm(u.address, w.address, ofUsers.address, u.rows, d, d, copy(bias).address, 0);
    run.gemm(z.address, bottom, ofItems.address, z.rows, d, d, 0, 0);
    const own = u.data;
    for (let i = 0; i < own.length; i++) own[i]! *= product.data[i % d]!;
    const [turned, scores] = [kernels.scratch(d, z.rows), kernels.scratch(u.rows, z.rows)];
    run.transpose(z.address, turned.address, z.rows, d);
    run.gemm(u.address, turned.address, scores.address, u.rows, d, z.rows, 0, 0);
    run.transpose(ofItems.address, turned.address, z.rows, d);
    run.addRectifiedSums(ofUsers.address, turned.address, scores.address, u.rows, d, z.rows);
    return scores;
  });
}

/** The logit of the published NeuMF for all pairs of a block, a user at a time: rows are [d/4 | d] wide. */
function neuMfCanonicalScorer({ users, items }: Vectors, layer: Named): Scorer {
  const d = (users.cols * 4) / 5;
  const q = d / 4;
  const out = layer("output.weight").data;
  const bias = layer("output.bias").data[0]!;
  return tensorScorer((kernels, rows, candidates) => {
    const { run } = kernels;
    const copy = (matrix: Matrix): Tensor => kernels.tensor(matrix.rows, matrix.cols, matrix);
    const [u, z] = [columns(gatherRows(users, rows), q), columns(gatherRows(items, candidates), q)] as const;
    const layers = [0, 1, 2].map((l) => [copy(layer(`tower.${l}.weight`)), copy(layer(`tower.${l}.bias`))] as const);
    const first = layers[0]!;
    const [own, theirs] = [copy(u[1]), copy(z[1])];
    const [ofUsers, ofItems] = [kernels.tensor(own.rows, d), kernels.tensor(theirs.rows, d)];
    const bottom = kernels.rowsOf(first[0], d, d).address;
    run.gemm(own.address, first[0].address, ofUsers.address, own.rows, d, d, first[1].address, 0);
    run.gemm(theirs.address, bottom, ofItems.address, theirs.rows, d, d, 0, 0);
    const hidden = [d, d / 2, q].map((width) => kernels.tensor(theirs.rows, width));
    const scores = kernels.tensor(own.rows, theirs.rows);
    const logits = scores.data;
    for (let r = 0; r < own.rows; r++) {
      hidden[0]!.data.set(ofItems.data);
      addRow(hidden[0]!.data, ofUsers.data.subarray(r * d, (r + 1) * d));
      for (const l of [1, 2]) {
        const [weight, shift] = layers[l]!;
        const [from, to] = [hidden[l - 1]!, hidden[l]!];
        const sizes = [theirs.rows, from.cols, to.cols, shift.address] as const;
        run.gemm(from.address, weight.address, to.address, ...sizes, gemmFlags.rectify);
      }
      const top = hidden[2]!.data;
      for (let i = 0; i < theirs.rows; i++) {
        let sum = bias;
        for (let c = 0; c < q; c++) {
          sum += out[c]! * u[0].data[r * q + c]! * z[0].data[i * q + c]! + out[q + c]! * top[i * q + c]!;
        }
        logits[r * theirs.rows + i] = sum;
      }
    }
    return scores;
  });
}

/** The first q columns and the rest. */
function columns(matrix: Matrix, q: number): readonly [Matrix, Matrix] {
  const [left, right] = [matrixOf(matrix.rows, q), matrixOf(matrix.rows, matrix.cols - q)];
  for (let r = 0; r < matrix.rows; r++) {
    const row = matrix.data.subarray(r * matrix.cols, (r + 1) * matrix.cols);
    left.data.set(row.subarray(0, q), r * q);
    right.data.set(row.subarray(q), r * right.cols);
  }
  return [left, right];
}

/** Every row becomes the positive part of itself plus `row`. */
function addRow(rows: Float32Array, row: Float32Array): void {
  for (let i = 0; i < rows.length; i++) rows[i] = Math.max(0, rows[i]! + row[i % row.length]!);
}
