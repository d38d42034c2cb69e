import { download, scoped, scopedAsync, upload, type Handle, type Scope } from "./device";
import { inRowChunks, logitsOf } from "./head";
import type { LanguageModel } from "./model";
import { rmsNormBackward, rmsNormForward, type NormSaved } from "./norm";
import { add, crossEntropy, joined, matMul, mul, scaled, sumLast } from "./ops";

/** A linear layer from the output norm's result to one number: rewards and values. */
export interface ScalarHead {
  /** [E] */
  readonly weight: Float32Array;
  /** [1] */
  readonly bias: Float32Array;
}

/** Gradient of an objective with respect to a scalar head. */
export type ScalarHeadGradient = ScalarHead;

/** What a policy says at each of M rows. */
export interface PolicyRows {
  /** [M] log p(label) at the temperature, in nats. */
  readonly logProbs: Float32Array;
  /** [M] entropy of the next token at the temperature, in nats. */
  readonly entropies: Float32Array;
  /** [M] the scalar head's output; zeros without one. */
  readonly scalars: Float32Array;
}

/** Derivatives of an objective by what a policy says at each row. */
export interface PolicyDerivatives {
  /** [M] */
  readonly logProbs: Float32Array;
  /** [M] */
  readonly scalars: Float32Array;
}

/** Rows with what their backward pass needs. */
export interface PolicyHeadPass {
  readonly rows: PolicyRows;
  /** Gradients by the head's input [M, E], in `s`, and by the scalar head. */
  back(derivatives: PolicyDerivatives): { readonly dx: Handle; readonly head: ScalarHeadGradient };
}

/** How a policy is read. */
export interface PolicyHeadOptions {
  readonly temperature: number;
  readonly head: ScalarHead | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a policy says at the last block's output `x` [M, E]: the output norm, the vocabulary and a scalar head. */
export async function readPolicy(
  model: LanguageModel,
  x: Handle,
  labels: Int32Array,
  options: PolicyHeadOptions,
): Promise<PolicyRows> {
  return scopedAsync(async (s) => {
    const norm = rmsNormForward(s, x, model.weights.outputNorm, model.epsilon);
    const rows = emptyRows(norm.y, labels.length, options.head);
    await inRowChunks(norm.y, options.signal, (inner, chunk, first) => {
      const part = labels.slice(first, first + (chunk.shape[0] as number));
      vocabularyRows(inner, model, chunk, part, options.temperature, rows, first);
    });
    return rows;
  });
}

/**
 * The same, with its backward pass.
 *
 * The vocabulary is multiplied once: each row's d log p / d h is kept, and weighted when the objective's derivatives are known.
 */
export async function policyHead(
  s: Scope,
  model: LanguageModel,
  x: Handle,
  labels: Int32Array,
  options: PolicyHeadOptions & {
    /** Stops the scalars' gradient at the head. */
    readonly detachScalars?: boolean;
  },
): Promise<PolicyHeadPass> {
  const { outputNorm, output } = model.weights;
  const { temperature } = options;
  const norm = rmsNormForward(s, x, outputNorm, model.epsilon);
  const rows = emptyRows(norm.y, labels.length, options.head);
  const parts: Handle[] = [];
  await inRowChunks(norm.y, options.signal, (inner, chunk, first) => {
    const part = labels.slice(first, first + (chunk.shape[0] as number));
    const gradient = vocabularyRows(inner, model, chunk, part, temperature, rows, first);
    parts.push(inner.give(scaled(inner, matMul(inner, gradient, output), -1 / temperature), s));
  });
  const slopes = joined(s, parts, 0);
  const back: PolicyHeadPass["back"] = (derivatives) => {
    const byScalars = scalarBack(s, norm, options.head, derivatives.scalars);
    const weights = upload(s, [labels.length, 1], derivatives.logProbs);
    const byWords = mul(s, slopes, weights);
    const dNorm = byScalars.dy && !options.detachScalars ? add(s, byWords, byScalars.dy) : byWords;
    return { dx: rmsNormBackward(s, norm.saved, outputNorm, dNorm), head: byScalars.head };
  };
  return { rows, back };
}

function emptyRows(y: Handle, count: number, head: ScalarHead | undefined): PolicyRows {
  return {
    logProbs: new Float32Array(count),
    entropies: new Float32Array(count),
    scalars: head ? scalarsOf(y, head) : new Float32Array(count),
  };
}

/** Fills log p and entropy of a chunk's rows; returns softmax - onehot [m, V]. */
function vocabularyRows(
  s: Scope,
  model: LanguageModel,
  chunk: Handle,
  labels: Int32Array,
  temperature: number,
  rows: PolicyRows,
  first: number,
): Handle {
  const raw = logitsOf(s, chunk, model.weights.output);
  const logits = temperature === 1 ? raw : scaled(s, raw, 1 / temperature);
  const { loss, gradient } = crossEntropy(s, logits, labels);
  // H = lse - sum p z, and the cross entropy's gradient is p - [label]: H = loss - sum (p - [label]) z.
  const products = mul(s, gradient, logits);
  const expected = sumLast(s, products);
  const losses = download(loss);
  const sums = download(expected);
  losses.forEach((value, i) => {
    rows.logProbs[first + i] = -value;
    rows.entropies[first + i] = value - (sums[i] as number);
  });
  s.free(raw, logits, products);
  return gradient;
}

/** Outputs of a scalar head at the output norm's rows y [M, E]. */
export function scalarsOf(y: Handle, head: ScalarHead): Float32Array {
  return scoped((s) => {
    const weight = upload(s, [1, head.weight.length], head.weight);
    return download(matMul(s, y, weight, { transposeB: true })).map((value) => value + (head.bias[0] as number));
  });
}

/** Gradients of a scalar head's outputs, weighted by `derivatives` [M]: by y [M, E], in `s`, and by the head. */
export function scalarBack(
  s: Scope,
  norm: { readonly y: Handle; readonly saved: NormSaved },
  head: ScalarHead | undefined,
  derivatives: Float32Array,
): { readonly dy?: Handle; readonly head: ScalarHeadGradient } {
  if (!head) return { head: { weight: new Float32Array(norm.y.shape[1] as number), bias: new Float32Array(1) } };
  const slopes = upload(s, [derivatives.length, 1], derivatives);
  const weight = upload(s, [1, head.weight.length], head.weight);
  const dWeight = download(matMul(s, slopes, norm.y, { transposeA: true }));
  const bias = Float32Array.of(derivatives.reduce((sum, value) => sum + value, 0));
  return { dy: matMul(s, slopes, weight), head: { weight: dWeight, bias } };
}
