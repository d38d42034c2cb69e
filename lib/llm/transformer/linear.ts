import type { Handle, Scope } from "./device";
import { add, joined, keepMask, matMul, mul, slice } from "./ops";

/** One named tensor among the rows of a fused weight. */
export interface LinearPart {
  /** GGUF name: "blk.3.attn_q.weight". */
  readonly name: string;
  /** First row in the fused weight. */
  readonly start: number;
  readonly rows: number;
}

/** Frozen linear layers with the same input, computed as one: y = x W^T, W [out, in] as in the GGUF. */
export interface FusedLinear {
  readonly weight: Handle;
  readonly parts: readonly LinearPart[];
  readonly inputs: number;
  readonly outputs: number;
}

/** LoRA of the adapted parts of a fused layer, R = rank x number of adapted parts. */
export interface FusedLora {
  readonly rank: number;
  /** [R, in] */
  readonly a: Handle;
  /** [out, R]: each part's B times `factor` in its own rows and columns, zeros elsewhere. */
  readonly b: Handle;
  /** alpha / rank, divided by the share of inputs that dropout keeps. */
  readonly factor: number;
  /** The adapted parts, in the order of A's row blocks. */
  readonly targets: readonly LinearPart[];
}

/** Inverted dropout on the adapter's input, with a Philox seed of its own for each adapted tensor. */
export interface Dropout {
  /** Share of inputs set to zero, 0 < rate < 1. */
  readonly rate: number;
  /** Two 32-bit integers a tensor. */
  readonly seeds: ReadonlyMap<string, Int32Array>;
}

/** What the backward pass of a linear layer with LoRA needs. */
export interface LinearSaved {
  readonly x: Handle;
  /** [N, R]: A times the (dropped) input. */
  readonly low: Handle;
  /** Per adapted part [N, in]: 1 where dropout kept the input. */
  readonly masks: readonly Handle[];
}

/** y [N, out] for x [N, in]; `saved` is there when the layer is adapted, and then x must live until the backward pass. */
export function linearForward(
  s: Scope,
  linear: FusedLinear,
  lora: FusedLora | undefined,
  x: Handle,
  dropout?: Dropout,
): { readonly y: Handle; readonly saved?: LinearSaved } {
  const base = matMul(s, x, linear.weight, { transposeB: true });
  if (!lora) return { y: base };
  const masks = dropout ? lora.targets.map((part) => maskOf(s, x, dropout, part)) : [];
  const low = dropout ? droppedLow(s, lora, x, masks) : matMul(s, x, lora.a, { transposeB: true });
  const delta = matMul(s, low, lora.b, { transposeB: true });
  const y = add(s, base, delta);
  s.free(base, delta);
  return { y, saved: { x, low, masks } };
}

function maskOf(s: Scope, x: Handle, dropout: Dropout, part: LinearPart): Handle {
  const seeds = dropout.seeds.get(part.name);
  if (!seeds) throw new RangeError(`Cannot drop inputs of ${part.name}: it has no seed`);
  return keepMask(s, x.shape, 1 - dropout.rate, seeds);
}

function rowsOfA(s: Scope, lora: FusedLora, target: number, inputs: number): Handle {
  return slice(s, lora.a, [target * lora.rank, 0], [lora.rank, inputs]);
}

function droppedLow(s: Scope, lora: FusedLora, x: Handle, masks: readonly Handle[]): Handle {
  const lows = masks.map((mask, i) => {
    const kept = mul(s, x, mask);
    const a = rowsOfA(s, lora, i, x.shape[1] as number);
    const low = matMul(s, kept, a, { transposeB: true });
    s.free(kept, a);
    return low;
  });
  return joined(s, lows, 1);
}

/** Gradients of a fused layer. */
export interface LinearGradients {
  /** [N, in], absent when it was not asked for. */
  readonly x?: Handle;
  /** Of A [R, in] and of the factor-scaled, block-structured B [out, R]. */
  readonly lora?: { readonly a: Handle; readonly b: Handle };
}

/** Gradients from dy [N, out]; the frozen weight gets none. */
export function linearBackward(
  s: Scope,
  linear: FusedLinear,
  lora: FusedLora | undefined,
  saved: LinearSaved | undefined,
  dy: Handle,
  wantsInput: boolean,
): LinearGradients {
  let dx = wantsInput ? matMul(s, dy, linear.weight) : undefined;
  if (!lora || !saved) return dx ? { x: dx } : {};
  const dLow = matMul(s, dy, lora.b);
  const b = matMul(s, dy, saved.low, { transposeA: true });
  const accumulate = (part: Handle) => {
    if (dx) {
      const sum = add(s, dx, part);
      s.free(dx, part);
      dx = sum;
    }
  };
  let a: Handle;
  if (saved.masks.length > 0) {
    a = droppedGradient(s, lora, saved, dLow, dx ? accumulate : undefined);
  } else {
    a = matMul(s, dLow, saved.x, { transposeA: true });
    if (dx) accumulate(matMul(s, dLow, lora.a));
  }
  s.free(dLow);
  return dx ? { x: dx, lora: { a, b } } : { lora: { a, b } };
}

/** Gradient of A under dropout; hands each part's share of the input's gradient to `accumulate`. */
function droppedGradient(
  s: Scope,
  lora: FusedLora,
  { x, masks }: LinearSaved,
  dLow: Handle,
  accumulate: ((dx: Handle) => void) | undefined,
): Handle {
  const [rows, inputs] = x.shape as readonly [number, number];
  const gradients = masks.map((mask, i) => {
    const kept = mul(s, x, mask);
    const dPart = slice(s, dLow, [0, i * lora.rank], [rows, lora.rank]);
    const gradient = matMul(s, dPart, kept, { transposeA: true });
    if (accumulate) {
      const a = rowsOfA(s, lora, i, inputs);
      const full = matMul(s, dPart, a);
      accumulate(mul(s, full, mask));
      s.free(a, full);
    }
    s.free(kept, dPart);
    return gradient;
  });
  return joined(s, gradients, 0);
}
