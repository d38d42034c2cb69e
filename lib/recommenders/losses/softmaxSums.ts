import type { Tensor2D } from "@tensorflow/tfjs-node-gpu";
import { loadTf, type Tf } from "../../core/tf";
import type { Kernels, Tensor } from "../kernels";

/** The sums of an InfoNCE's denominators, and its gradients: of M anchors A [M, d] over N candidates E [N, d]. */
export interface SoftmaxSums {
  /**
   * For P = exp(A E' / temperature): writes Z [M], the sums of P's rows, and the means P E / Z [M, d], and adds
   * P' diag(weight / Z) A to dE [N, d]. P is kept for a block of anchors at a time, never whole.
   */
  run(problem: SoftmaxProblem): void;
}

export interface SoftmaxProblem {
  readonly temperature: number;
  /** A, of which the first `anchors` rows are used. */
  readonly a: Tensor;
  readonly anchors: number;
  /** E, of which the first `candidates` rows are used. */
  readonly e: Tensor;
  readonly candidates: number;
  /** [M] */
  readonly weights: Float32Array;
  /** Z */
  readonly z: Tensor;
  readonly means: Tensor;
  readonly dE: Tensor;
}

// Exponentials kept at once: 4 MB in the kernels' memory; for TensorFlow, whose products are threaded, a block of anchors.
const kernelBlock = 1 << 20;
const anchorBlock = 512;
// A tile of 8 MB stays in the cache from product to exponential to product; arrays of 100 MB take twice the time, as the
// system hands out their pages anew each time.
const tileRows = 4096;

/** By the project's own kernels: one thread, always the same additions. */
export class KernelSoftmaxSums implements SoftmaxSums {
  readonly #p: Tensor;
  readonly #turned: Tensor;
  readonly #scaled: Tensor;

  constructor(
    readonly kernels: Kernels,
    anchors: number,
    readonly candidates: number,
    width: number,
  ) {
    this.#p = kernels.tensor(this.#rowsOf(anchors), candidates);
    this.#turned = kernels.tensor(width, candidates);
    this.#scaled = kernels.tensor(this.#rowsOf(anchors), width);
  }

  #rowsOf(anchors: number): number {
    return Math.max(1, Math.min(anchors, Math.floor(kernelBlock / this.candidates)));
  }

  run({ temperature, a, anchors, e, candidates, weights, z, means, dE }: SoftmaxProblem): void {
    const { kernels } = this;
    const { run } = kernels;
    const d = a.cols;
    const [p, scaled] = [this.#p, this.#scaled];
    run.transpose(e.address, this.#turned.address, candidates, d);
    for (let from = 0; from < anchors; from += p.rows) {
      const rows = Math.min(p.rows, anchors - from);
      const block = kernels.rowsOf(a, from, rows);
      scaled.data.set(block.data);
      run.scale(scaled.address, 1 / temperature, rows * d);
      run.gemm(scaled.address, this.#turned.address, p.address, rows, d, candidates, 0, 0);
      run.expRows(p.address, kernels.rowsOf(z, from, rows).address, rows, candidates);
      const sums = kernels.rowsOf(means, from, rows);
      run.gemm(p.address, e.address, sums.address, rows, candidates, d, 0, 0);
      divideRows(sums.data, z.data.subarray(from, from + rows), block.data, weights.subarray(from), scaled.data);
      run.gemmTransposedA(p.address, scaled.address, dE.address, rows, candidates, d);
    }
  }
}

/** means /= z, and scaled = a * weight / z, by rows. */
function divideRows(
  means: Float32Array,
  z: Float32Array,
  a: Float32Array,
  weights: Float32Array,
  scaled: Float32Array,
): void {
  const d = means.length / z.length;
  for (let r = 0; r < z.length; r++) {
    const by = 1 / z[r]!;
    for (let c = r * d; c < (r + 1) * d; c++) {
      means[c]! *= by;
      scaled[c] = a[c]! * weights[r]! * by;
    }
  }
}

/** By TensorFlow: six times as fast on two cores, and on a GPU where there is one. */
export class TensorFlowSoftmaxSums implements SoftmaxSums {
  readonly #tf: Tf = loadTf();

  run(problem: SoftmaxProblem): void {
    const tf = this.#tf;
    const { a, anchors, weights, z, means, dE } = problem;
    const d = a.cols;
    tf.tidy(() => {
      const tiles = tilesOf(tf, problem);
      let sums = tiles.map(({ rows }) => tf.zerosLike(rows));
      for (let from = 0; from < anchors; from += anchorBlock) {
        const rows = Math.min(anchorBlock, anchors - from);
        const block = tf.tensor2d(a.data.slice(from * d, (from + rows) * d), [rows, d]);
        const weight = tf.tensor2d(weights.slice(from, from + rows), [rows, 1]);
        const done = tf.tidy(() => blockSums(tf, tiles, block, weight, problem.temperature, sums));
        means.data.set(done.means.dataSync<"float32">(), from * d);
        z.data.set(done.z.dataSync<"float32">(), from);
        tf.dispose([block, weight, done.means, done.z, sums]);
        sums = done.sums;
      }
      tiles.forEach(({ from }, t) => addInto(dE.data.subarray(from * d), sums[t]!.dataSync<"float32">()));
    });
  }
}

/** Some of the candidates. */
interface Tile {
  readonly from: number;
  /** E [n, d] */
  readonly rows: Tensor2D;
  /** [E | 1]' [d + 1, n]: one product gives the means' numerators and Z. */
  readonly turned: Tensor2D;
}

function tilesOf(tf: Tf, { e, candidates }: SoftmaxProblem): readonly Tile[] {
  const tiles: Tile[] = [];
  for (let from = 0; from < candidates; from += tileRows) {
    const n = Math.min(tileRows, candidates - from);
    const rows = tf.tensor2d(e.data.slice(from * e.cols, (from + n) * e.cols), [n, e.cols]);
    tiles.push({ from, rows, turned: tf.concat2d([rows, tf.ones([n, 1])], 1).transpose() });
  }
  return tiles;
}

/** The means [n, d] and Z [n, 1] of a block of anchors, and the tiles' sums of dE [rows, d] with the block's share. */
function blockSums(
  tf: Tf,
  tiles: readonly Tile[],
  block: Tensor2D,
  weight: Tensor2D,
  temperature: number,
  sums: readonly Tensor2D[],
): { means: Tensor2D; z: Tensor2D; sums: Tensor2D[] } {
  const d = block.shape[1];
  const left = block.div<Tensor2D>(temperature).transpose<Tensor2D>();
  const parts = tiles.map(({ rows }) => tf.tidy(() => tf.exp(rows.matMul<Tensor2D>(left))));
  const totals = tf.addN(parts.map((p, t) => tiles[t]!.turned.matMul<Tensor2D>(p))).transpose<Tensor2D>();
  const z = totals.slice([0, d], [-1, 1]);
  const scaled = block.mul(weight).div<Tensor2D>(z);
  return {
    means: totals.slice([0, 0], [-1, d]).div<Tensor2D>(z),
    z,
    sums: sums.map((sum, t) => tf.tidy(() => sum.add(parts[t]!.matMul(scaled)))),
  };
}

function addInto(sums: Float32Array, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) sums[i]! += values[i]!;
}

// Below this many products (about 30 ms of the kernels) TensorFlow's start and copies cost more than it saves.
const worthTensorFlow = 1e8;

/** The faster way for a problem of this size; the same for the same sizes, so that a training repeats. */
export function softmaxSumsFor(kernels: Kernels, anchors: number, candidates: number, width: number): SoftmaxSums {
  return anchors * candidates * width >= worthTensorFlow
    ? new TensorFlowSoftmaxSums()
    : new KernelSoftmaxSums(kernels, anchors, candidates, width);
}
