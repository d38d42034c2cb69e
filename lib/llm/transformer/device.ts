import { loadTf } from "../../core/tf";

/** A tensor held by TensorFlow; freed only by its scope. */
export interface Handle {
  readonly id: number;
  readonly shape: readonly number[];
}

/** One attribute of a TensorFlow operation. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | string;
}

/** The part of tfjs-node's native binding that the operations use (tfjs-node, src/tfjs_binding.ts). */
export interface Binding {
  createTensor(shape: readonly number[], dtype: number, data: Float32Array | Int32Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: number,
  ): readonly Handle[];
  getNumOfTensors(): number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
  readonly TF_COMPLEX64: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
}

let opened: Binding | undefined;

/** The native binding, loaded at first use. */
export function binding(): Binding {
  opened ??= (loadTf().backend() as unknown as { readonly binding: Binding }).binding;
  return opened;
}

/** Owns tensors: whatever is made in a scope is freed with it, unless it was given away or freed before. */
export class Scope {
  readonly #held = new Set<number>();

  /** Takes ownership of a tensor. */
  hold(handle: Handle): Handle {
    this.#held.add(handle.id);
    return handle;
  }

  /** Frees tensors of this scope early. */
  free(...handles: readonly Handle[]): void {
    for (const { id } of handles) {
      if (this.#held.delete(id)) binding().deleteTensor(id);
    }
  }

  /** Moves a tensor of this scope to another. */
  give(handle: Handle, to: Scope): Handle {
    if (to !== this && this.#held.delete(handle.id)) to.hold(handle);
    return handle;
  }

  /** Frees everything still held. */
  release(): void {
    for (const id of this.#held) binding().deleteTensor(id);
    this.#held.clear();
  }
}

/** Runs `work` with a scope of its own and frees what it leaves there, also when it throws. */
export function scoped<T>(work: (s: Scope) => T): T {
  const s = new Scope();
  try {
    return work(s);
  } finally {
    s.release();
  }
}

/** As `scoped`, for work that waits. */
export async function scopedAsync<T>(work: (s: Scope) => Promise<T>): Promise<T> {
  const s = new Scope();
  try {
    return await work(s);
  } finally {
    s.release();
  }
}

/** Puts floats on the device. TensorFlow may share the array's memory: do not write to it while the handle lives. */
export function upload(s: Scope, shape: readonly number[], data: Float32Array): Handle {
  return s.hold({ id: binding().createTensor(shape, binding().TF_FLOAT, data), shape });
}

/** Puts 32-bit integers on the device, under the same rule. */
export function uploadInts(s: Scope, shape: readonly number[], data: Int32Array): Handle {
  return s.hold({ id: binding().createTensor(shape, binding().TF_INT32, data), shape });
}

/** A float tensor's numbers, row-major, in fresh memory. */
export function download(handle: Handle): Float32Array {
  return Float32Array.from(binding().tensorDataSync(handle.id) as Float32Array);
}

/** Tensors that TensorFlow holds in this process, for leak checks. */
export function deviceTensorCount(): number {
  return binding().getNumOfTensors();
}
