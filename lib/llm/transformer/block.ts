import type { Attention } from "./attention";
import type { Handle, Scope } from "./device";
import {
  linearBackward,
  linearForward,
  type Dropout,
  type FusedLinear,
  type FusedLora,
  type LinearGradients,
  type LinearSaved,
} from "./linear";
import { gateBackward, gateForward, type GateSaved } from "./mlp";
import { rmsNormBackward, rmsNormForward, type NormSaved } from "./norm";
import { add, gatherRows, scatterRows } from "./ops";

/** The linear layers of a block that are multiplied as one. */
export const linearGroups = ["qkv", "output", "gate", "up", "down"] as const;
export type LinearGroup = (typeof linearGroups)[number];

/** Frozen weights of one block. */
export interface BlockWeights extends Readonly<Record<LinearGroup, FusedLinear>> {
  readonly attentionNorm: Handle;
  readonly mlpNorm: Handle;
}

/** Trained weights of one block; a group without adapted layers is absent. */
export type BlockLora = Readonly<Partial<Record<LinearGroup, FusedLora>>>;

/** Gradients of a block's trained weights, as `FusedLora` holds them. */
export type BlockGradients = Readonly<Partial<Record<LinearGroup, NonNullable<LinearGradients["lora"]>>>>;

/** What every block of one pass shares. */
export interface BlockContext {
  readonly epsilon: Handle;
  readonly attention: Attention;
  readonly dropout?: Dropout;
}

/** What the backward pass of a block needs. */
export interface BlockSaved {
  readonly attentionNorm: NormSaved;
  readonly attentionBackward: ReturnType<Attention>["backward"];
  readonly mlpNorm: NormSaved;
  readonly gate: GateSaved;
  readonly linear: Readonly<Partial<Record<LinearGroup, LinearSaved>>>;
}

/** A block's linear layers in one forward pass. */
interface Layers {
  readonly apply: (group: LinearGroup, input: Handle) => Handle;
  /** Frees an input after its last group, unless the backward pass needs it. */
  readonly release: (input: Handle) => void;
}

/**
 * x + attention(rms(x)), then + mlp(rms(.)), for x [N, E].
 *
 * With `rows`, everything after attention is computed at those rows only and y is [rows, E]: the last block, where only
 * the rows with a loss are read. Saved tensors belong to `s`; `x` is not among them.
 */
export function blockForward(
  s: Scope,
  context: BlockContext,
  weights: BlockWeights,
  lora: BlockLora,
  x: Handle,
  rows?: Int32Array,
): { readonly y: Handle; readonly saved: BlockSaved } {
  const linear: Partial<Record<LinearGroup, LinearSaved>> = {};
  const apply = (group: LinearGroup, input: Handle): Handle => {
    const result = linearForward(s, weights[group], lora[group], input, context.dropout);
    if (result.saved) linear[group] = result.saved;
    return result.y;
  };
  const release = (input: Handle): void => {
    if (!Object.values(linear).some(({ x: needed }) => needed === input)) s.free(input);
  };
  const layers = { apply, release };
  const { y: middle, ...first } = attentionHalf(s, context, weights, layers, x, rows);
  const { y, ...second } = mlpHalf(s, context, weights, layers, middle);
  s.free(middle);
  return { y, saved: { ...first, ...second, linear } };
}

function attentionHalf(
  s: Scope,
  context: BlockContext,
  weights: BlockWeights,
  { apply, release }: Layers,
  x: Handle,
  rows: Int32Array | undefined,
): Pick<BlockSaved, "attentionBackward" | "attentionNorm"> & { readonly y: Handle } {
  const norm = rmsNormForward(s, x, weights.attentionNorm, context.epsilon);
  const qkv = apply("qkv", norm.y);
  release(norm.y);
  const attention = context.attention(s, qkv);
  s.free(qkv);
  const read = rows ? gatherRows(s, attention.out, rows) : attention.out;
  const residual = rows ? gatherRows(s, x, rows) : x;
  if (rows) s.free(attention.out);
  const projected = apply("output", read);
  release(read);
  const y = add(s, residual, projected);
  s.free(projected);
  if (rows) s.free(residual);
  return { y, attentionNorm: norm.saved, attentionBackward: attention.backward };
}

function mlpHalf(
  s: Scope,
  context: BlockContext,
  weights: BlockWeights,
  { apply, release }: Layers,
  x: Handle,
): Pick<BlockSaved, "gate" | "mlpNorm"> & { readonly y: Handle } {
  const norm = rmsNormForward(s, x, weights.mlpNorm, context.epsilon);
  const gate = gateForward(s, apply("gate", norm.y), apply("up", norm.y));
  release(norm.y);
  const down = apply("down", gate.y);
  release(gate.y);
  const y = add(s, x, down);
  s.free(down);
  return { y, mlpNorm: norm.saved, gate: gate.saved };
}

/** Gradients of the block's adapters and, when `wantsInput`, of x [N, E], from dy at the rows that the forward pass kept. */
export function blockBackward(
  s: Scope,
  weights: BlockWeights,
  lora: BlockLora,
  saved: BlockSaved,
  dy: Handle,
  wantsInput: boolean,
  rows?: Int32Array,
): { readonly x?: Handle; readonly lora: BlockGradients } {
  const gradients: Partial<Record<LinearGroup, NonNullable<LinearGradients["lora"]>>> = {};
  const back = (group: LinearGroup, d: Handle, wants = true): Handle | undefined => {
    const result = linearBackward(s, weights[group], lora[group], saved.linear[group], d, wants);
    if (result.lora) gradients[group] = result.lora;
    return result.x;
  };
  const dGateY = back("down", dy) as Handle;
  const dGate = gateBackward(s, saved.gate, dGateY);
  const [byGate, byUp] = [back("gate", dGate.gate) as Handle, back("up", dGate.up) as Handle];
  const dSecond = add(s, byGate, byUp);
  const dNorm = rmsNormBackward(s, saved.mlpNorm, weights.mlpNorm, dSecond);
  const dMiddle = add(s, dy, dNorm);
  s.free(dGateY, dGate.gate, dGate.up, byGate, byUp, dSecond, dNorm);
  const dRead = back("output", dMiddle) as Handle;
  const count = saved.attentionNorm.inverse.shape[0] as number;
  const dOut = rows ? scatterRows(s, dRead, rows, count) : dRead;
  const dQkv = saved.attentionBackward(s, dOut);
  const dFirst = back("qkv", dQkv, wantsInput);
  s.free(dRead, dOut, dQkv);
  if (!dFirst) {
    s.free(dMiddle);
    return { lora: gradients };
  }
  const dResidual = rows ? scatterRows(s, dMiddle, rows, count) : dMiddle;
  const dAttention = rmsNormBackward(s, saved.attentionNorm, weights.attentionNorm, dFirst);
  const dx = add(s, dResidual, dAttention);
  s.free(dMiddle, dResidual, dFirst, dAttention);
  return { x: dx, lora: gradients };
}
