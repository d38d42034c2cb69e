import { breathe } from "../../core";
import { download, scoped, scopedAsync, upload, type Handle, type Scope } from "./device";
import type { LanguageModel } from "./model";
import { rmsNormBackward, rmsNormForward } from "./norm";
import { crossEntropy, joined, matMul, mul, scaled, slice } from "./ops";

/** Rows of logits held at once: V floats each, twice. On two threads more are multiplied no faster (LOG.md). */
const HEAD_ROWS = 64;

/**
 * Words of the vocabulary multiplied at once. Rows of whole pages (SmolLM2's 49,152 words are 48 of them) fall into the same sets of
 * the first cache, which makes the product up to four times as long.
 */
const HEAD_WORDS = 16_400;

/** x W^T [M, V] for x [M, E] and the output weights [V, E]. */
export function logitsOf(s: Scope, x: Handle, output: Handle): Handle {
  const [words, width] = output.shape as readonly [number, number];
  const parts: Handle[] = [];
  for (let first = 0; first < words; first += HEAD_WORDS) {
    const some = slice(s, output, [first, 0], [Math.min(HEAD_WORDS, words - first), width]);
    parts.push(matMul(s, x, some, { transposeB: true }));
    s.free(some);
  }
  return joined(s, parts, 1);
}

/** Calls `work` on consecutive rows of x [M, E], in equal parts of at most HEAD_ROWS, and lets others run in between. */
export async function inRowChunks(
  x: Handle,
  signal: AbortSignal | undefined,
  work: (s: Scope, rows: Handle, first: number) => void,
): Promise<void> {
  const [count, width] = x.shape as readonly [number, number];
  const atOnce = Math.ceil(count / Math.ceil(count / HEAD_ROWS));
  for (let first = 0; first < count; first += atOnce) {
    await breathe(signal);
    scoped((s) => work(s, slice(s, x, [first, 0], [Math.min(atOnce, count - first), width]), first));
  }
}

/** Loss of each row and the gradient of their weighted sum. */
export interface HeadLoss {
  /** [M] -log p(label) in nats. */
  readonly losses: Float32Array;
  /** [M, E] with respect to the head's input. */
  readonly gradient: Handle;
}

/**
 * Masked loss of the last block's output `x` [M, E] at the rows it is taken on, and the gradient of sum_i weights_i loss_i.
 *
 * Weights of 1 / M give the mean; others give any objective whose derivative by each log-probability is known.
 */
export async function headLoss(
  s: Scope,
  model: LanguageModel,
  x: Handle,
  labels: Int32Array,
  weights: Float32Array,
  signal?: AbortSignal,
): Promise<HeadLoss> {
  const { outputNorm, output } = model.weights;
  const losses = new Float32Array(labels.length);
  const norm = rmsNormForward(s, x, outputNorm, model.epsilon);
  const parts: Handle[] = [];
  await inRowChunks(norm.y, signal, (inner, rows, first) => {
    const count = rows.shape[0] as number;
    const logits = logitsOf(inner, rows, output);
    const cross = crossEntropy(inner, logits, labels.slice(first, first + count));
    inner.free(logits);
    losses.set(download(cross.loss), first);
    const weight = upload(inner, [count, 1], weights.slice(first, first + count));
    parts.push(inner.give(mul(inner, matMul(inner, cross.gradient, output), weight), s));
  });
  const dNorm = joined(s, parts, 0);
  const gradient = rmsNormBackward(s, norm.saved, outputNorm, dNorm);
  s.free(norm.y, norm.saved.inverse, norm.saved.normalised, dNorm);
  return { losses, gradient };
}

/** log p(label) of each row of `x` [M, E], the logits divided by `temperature` first. */
export async function headLogProbs(
  model: LanguageModel,
  x: Handle,
  labels: Int32Array,
  temperature: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const logProbs = new Float32Array(labels.length);
  await eachLogits(model, x, signal, (s, logits, first) => {
    const cooled = temperature === 1 ? logits : scaled(s, logits, 1 / temperature);
    const losses = download(crossEntropy(s, cooled, labels.slice(first, first + (logits.shape[0] as number))).loss);
    losses.forEach((loss, i) => (logProbs[first + i] = -loss));
  });
  return logProbs;
}

/** Logits [M, V] of `x` [M, E], row-major. */
export async function headLogits(model: LanguageModel, x: Handle, signal?: AbortSignal): Promise<Float32Array> {
  const { vocabulary } = model.config;
  const all = new Float32Array((x.shape[0] as number) * vocabulary);
  await eachLogits(model, x, signal, (_, logits, first) => all.set(download(logits), first * vocabulary));
  return all;
}

function eachLogits(
  model: LanguageModel,
  x: Handle,
  signal: AbortSignal | undefined,
  work: (s: Scope, logits: Handle, first: number) => void,
): Promise<void> {
  const { outputNorm, output } = model.weights;
  return scopedAsync(async (outer) => {
    const norm = rmsNormForward(outer, x, outputNorm, model.epsilon);
    await inRowChunks(norm.y, signal, (s, rows, first) => {
      work(s, logitsOf(s, rows, output), first);
    });
  });
}
