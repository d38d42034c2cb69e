import { binding, uploadInts, upload, type Attribute, type Handle, type Scope } from "./device";

function typeAttribute(name: string, value: number): Attribute {
  return { name, type: binding().TF_ATTR_TYPE, value };
}

function flag(name: string, value: boolean): Attribute {
  return { name, type: binding().TF_ATTR_BOOL, value };
}

function integer(name: string, value: number): Attribute {
  return { name, type: binding().TF_ATTR_INT, value };
}

function floatType(): Attribute {
  return typeAttribute("T", binding().TF_FLOAT);
}

function run(s: Scope, op: string, attributes: readonly Attribute[], inputs: readonly Handle[]): Handle {
  const ids = inputs.map((input) => input.id);
  return s.hold(binding().executeOp(op, attributes, ids, 1)[0] as Handle);
}

/** Runs an operation whose last inputs are small integer vectors (shapes, axes, offsets). */
function runWith(
  s: Scope,
  op: string,
  attributes: readonly Attribute[],
  inputs: readonly Handle[],
  ...vectors: readonly (readonly number[] | number)[]
): Handle {
  const constants = vectors.map((vector) =>
    typeof vector === "number"
      ? uploadInts(s, [], Int32Array.of(vector))
      : uploadInts(s, [vector.length], Int32Array.from(vector)),
  );
  const result = run(s, op, attributes, [...inputs, ...constants]);
  s.free(...constants);
  return result;
}

function unary(op: string): (s: Scope, x: Handle) => Handle {
  return (s, x) => run(s, op, [floatType()], [x]);
}

function binary(op: string): (s: Scope, a: Handle, b: Handle) => Handle {
  return (s, a, b) => run(s, op, [floatType()], [a, b]);
}

/** a + b, with broadcasting. */
export const add = binary("AddV2");
/** a - b, with broadcasting. */
export const sub = binary("Sub");
/** a * b entry by entry, with broadcasting. */
export const mul = binary("Mul");
/** Entries squared. */
export const square = unary("Square");
/** 1 / sqrt(x). */
export const rsqrt = unary("Rsqrt");
/** a / (1 + exp(-b)): what TensorFlow calls the gradient of softplus, in one pass over memory. */
export const timesSigmoid = binary("SoftplusGrad");
/** Softmax over the last axis. */
export const softmax = unary("Softmax");

/** Of the attention that native/operations.cc adds to TensorFlow. */
export interface FusedSettings {
  readonly heads: number;
  readonly kvHeads: number;
  /** Numbers in a vector: which of the compiled forms runs. */
  readonly lanes: number;
  readonly threads: number;
}

function fused(s: Scope, name: string, settings: FusedSettings, inputs: readonly Handle[]): readonly [Handle, Handle] {
  const { heads, kvHeads, lanes, threads } = settings;
  const attributes = [integer("heads", heads), integer("kv_heads", kvHeads), integer("threads", threads)];
  const ids = inputs.map(({ id }) => id);
  const [first, second] = binding().executeOp(`${name}${lanes}`, attributes, ids, 2) as readonly [Handle, Handle];
  return [s.hold(first), s.hold(second)];
}

/**
 * From turned queries and keys [N, (heads + kvHeads) * D], values [N, kvHeads * D] and spans [S, 4] the output [N, heads * D]
 * and the logarithms of the denominators [N, heads].
 */
export function fusedAttentionForward(
  s: Scope,
  settings: FusedSettings,
  qk: Handle,
  v: Handle,
  spans: Handle,
): { readonly out: Handle; readonly logSums: Handle } {
  const [out, logSums] = fused(s, "ReclmAttention", settings, [qk, v, spans]);
  return { out, logSums };
}

/** The gradients of queries and keys, and of values, from that of the output. */
export function fusedAttentionBackward(
  s: Scope,
  settings: FusedSettings,
  ...inputs: readonly [qk: Handle, v: Handle, spans: Handle, logSums: Handle, dOut: Handle]
): { readonly dQk: Handle; readonly dV: Handle } {
  const [dQk, dV] = fused(s, "ReclmAttentionGrad", settings, inputs);
  return { dQk, dV };
}

/** Transposition of matrix operands. */
export interface MatMulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** [n, k] x [k, m] -> [n, m]. */
export function matMul(s: Scope, a: Handle, b: Handle, options: MatMulOptions = {}): Handle {
  const { transposeA = false, transposeB = false } = options;
  return run(s, "MatMul", [flag("transpose_a", transposeA), flag("transpose_b", transposeB), floatType()], [a, b]);
}

function overLastAxis(op: string): (s: Scope, x: Handle) => Handle {
  return (s, x) => {
    const attributes = [flag("keep_dims", true), floatType(), typeAttribute("Tidx", binding().TF_INT32)];
    return runWith(s, op, attributes, [x], [x.shape.length - 1]);
  };
}

/** Mean over the last axis, which stays with size 1. */
export const meanLast = overLastAxis("Mean");
/** Sum over the last axis, which stays with size 1. */
export const sumLast = overLastAxis("Sum");

/** The same numbers under another shape; shares memory. */
export function reshape(s: Scope, x: Handle, shape: readonly number[]): Handle {
  return runWith(s, "Reshape", [floatType(), typeAttribute("Tshape", binding().TF_INT32)], [x], shape);
}

/** Axes in another order. */
export function transpose(s: Scope, x: Handle, order: readonly number[]): Handle {
  return runWith(s, "Transpose", [floatType(), typeAttribute("Tperm", binding().TF_INT32)], [x], order);
}

/** The block of `size` that starts at `begin`. */
export function slice(s: Scope, x: Handle, begin: readonly number[], size: readonly number[]): Handle {
  return runWith(s, "Slice", [floatType(), typeAttribute("Index", binding().TF_INT32)], [x], begin, size);
}

/** Tensors joined along an axis. */
export function concat(s: Scope, parts: readonly Handle[], axis: number): Handle {
  const count = integer("N", parts.length);
  return runWith(s, "ConcatV2", [floatType(), count, typeAttribute("Tidx", binding().TF_INT32)], parts, axis);
}

/** The parts joined along an axis and freed; a single part is itself the whole. */
export function joined(s: Scope, parts: readonly Handle[], axis: number): Handle {
  if (parts.length === 1) return parts[0] as Handle;
  const whole = concat(s, parts, axis);
  s.free(...parts);
  return whole;
}

/** The sum of tensors of one shape, in one pass over memory, and the parts freed; a single part is itself the sum. */
export function summed(s: Scope, parts: readonly Handle[]): Handle {
  if (parts.length === 1) return parts[0] as Handle;
  const count = integer("N", parts.length);
  const sum = run(s, "AddN", [floatType(), count], parts);
  s.free(...parts);
  return sum;
}

/** Zeros put behind the last axis of a [d, n] tensor until n is `length`. */
export function padLast(s: Scope, x: Handle, length: number): Handle {
  const missing = length - (x.shape[1] as number);
  if (missing === 0) return x;
  const paddings = uploadInts(s, [2, 2], Int32Array.of(0, 0, 0, missing));
  const padded = run(s, "Pad", [floatType(), typeAttribute("Tpaddings", binding().TF_INT32)], [x, paddings]);
  s.free(paddings);
  return padded;
}

/** Rows of x [n, d] by number, in the order given. */
export function gatherRows(s: Scope, x: Handle, rows: Int32Array): Handle {
  const integers = typeAttribute("Tindices", binding().TF_INT32);
  const attributes = [
    typeAttribute("Tparams", binding().TF_FLOAT),
    integers,
    typeAttribute("Taxis", binding().TF_INT32),
  ];
  const numbers = uploadInts(s, [rows.length], rows);
  const picked = runWith(s, "GatherV2", attributes, [x, numbers], 0);
  s.free(numbers);
  return picked;
}

/** The inverse of `gatherRows` for different rows: y [count, d] is zero but for the rows named. */
export function scatterRows(s: Scope, x: Handle, rows: Int32Array, count: number): Handle {
  const numbers = uploadInts(s, [rows.length, 1], rows);
  const attributes = [floatType(), typeAttribute("Tindices", binding().TF_INT32)];
  const shape = uploadInts(s, [2], Int32Array.of(count, x.shape[1] as number));
  const placed = run(s, "ScatterNd", attributes, [numbers, x, shape]);
  s.free(numbers, shape);
  return placed;
}

/** Neighbouring pairs of floats read as complex numbers: [..., 2] -> [...]; shares memory. */
export function asComplex(s: Scope, x: Handle): Handle {
  const { TF_FLOAT, TF_COMPLEX64 } = binding();
  return run(s, "Bitcast", [floatTypeOf(TF_FLOAT), typeAttribute("type", TF_COMPLEX64)], [x]);
}

/** The inverse of `asComplex`: [...] -> [..., 2]. */
export function asFloats(s: Scope, x: Handle): Handle {
  const { TF_FLOAT, TF_COMPLEX64 } = binding();
  return run(s, "Bitcast", [floatTypeOf(TF_COMPLEX64), typeAttribute("type", TF_FLOAT)], [x]);
}

function floatTypeOf(dtype: number): Attribute {
  return typeAttribute("T", dtype);
}

/** a * b for complex numbers. */
export function complexMul(s: Scope, a: Handle, b: Handle): Handle {
  return run(s, "Mul", [floatTypeOf(binding().TF_COMPLEX64)], [a, b]);
}

/** Complex conjugate. */
export function conjugate(s: Scope, x: Handle): Handle {
  return run(s, "Conj", [floatTypeOf(binding().TF_COMPLEX64)], [x]);
}

/** x times a number. */
export function scaled(s: Scope, x: Handle, factor: number): Handle {
  const number = upload(s, [], Float32Array.of(factor));
  const result = mul(s, x, number);
  s.free(number);
  return result;
}

/** Zeros and ones in `shape`, each one with probability `keep`; the same seeds give the same tensor on any machine (Philox). */
export function keepMask(s: Scope, shape: readonly number[], keep: number, seeds: Int32Array): Handle {
  const { TF_FLOAT, TF_INT32, TF_BOOL } = binding();
  const size = uploadInts(s, [shape.length], Int32Array.from(shape));
  const seed = uploadInts(s, [2], seeds);
  const attributes = [typeAttribute("dtype", TF_FLOAT), typeAttribute("T", TF_INT32), typeAttribute("Tseed", TF_INT32)];
  const uniform = run(s, "StatelessRandomUniform", attributes, [size, seed]);
  const bound = upload(s, [], Float32Array.of(keep));
  const kept = run(s, "Less", [floatType()], [uniform, bound]);
  const mask = run(s, "Cast", [typeAttribute("SrcT", TF_BOOL), typeAttribute("DstT", TF_FLOAT)], [kept]);
  s.free(size, seed, uniform, bound, kept);
  return mask;
}

/** Per row -log softmax(logits)[label] [n], and its gradient softmax - onehot [n, V]. */
export function crossEntropy(
  s: Scope,
  logits: Handle,
  labels: Int32Array,
): { readonly loss: Handle; readonly gradient: Handle } {
  const integers = uploadInts(s, [labels.length], labels);
  const attributes = [floatType(), typeAttribute("Tlabels", binding().TF_INT32)];
  const op = "SparseSoftmaxCrossEntropyWithLogits";
  const [loss, gradient] = binding().executeOp(op, attributes, [logits.id, integers.id], 2) as readonly [
    Handle,
    Handle,
  ];
  s.free(integers);
  return { loss: s.hold(loss), gradient: s.hold(gradient) };
}
