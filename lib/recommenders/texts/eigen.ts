import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-node-gpu";
import type { Tf } from "../../core/tf";

/** Q of x = Q R; frees x. */
export function orthonormalColumns(tf: Tf, x: Tensor2D): Tensor2D {
  const engine = engineOf(tf);
  const { TF_ATTR_BOOL: type } = engine.binding;
  const wanted = [{ name: "full_matrices", type, value: false }, floats(engine)];
  const [q, r] = engine.executeMultipleOutputs("Qr", wanted, [x], 2);
  x.dispose();
  r!.dispose();
  return q!;
}

/** Eigenvalues [n], ascending, and eigenvectors [n, n] as columns of a symmetric matrix. */
export function symmetricEigen(tf: Tf, x: Tensor2D): { readonly values: Tensor1D; readonly vectors: Tensor2D } {
  const engine = engineOf(tf);
  const { TF_ATTR_BOOL: type } = engine.binding;
  const wanted = [{ name: "compute_v", type, value: true }, floats(engine)];
  const [values, vectors] = engine.executeMultipleOutputs("SelfAdjointEigV2", wanted, [x], 2);
  return { values: values as unknown as Tensor1D, vectors: vectors! };
}

/** The part of tfjs-node's backend that runs operations which tfjs has no call for. */
interface Engine {
  readonly binding: { readonly TF_ATTR_BOOL: number; readonly TF_ATTR_TYPE: number; readonly TF_FLOAT: number };
  executeMultipleOutputs(
    name: string,
    attributes: readonly object[],
    inputs: readonly Tensor2D[],
    outputs: number,
  ): Tensor2D[];
}

function engineOf(tf: Tf): Engine {
  return tf.backend() as unknown as Engine;
}

function floats({ binding }: Engine): object {
  return { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
}
