import type { ModelConfig } from "./config";
import type { Handle, Scope } from "./device";

/**
 * Causal grouped-query attention of one batch: from qkv [N, (heads + 2 kvHeads) * D] out [N, heads * D], and the way back, which
 * gives dqkv. Dialogues never see each other, and no padding is computed. What the way back needs belongs to the scope.
 */
export type Attention = (
  s: Scope,
  qkv: Handle,
) => { readonly out: Handle; readonly backward: (s: Scope, dOut: Handle) => Handle };

/** A way to compute it for a batch of spans. */
export type AttentionWay = (s: Scope, config: ModelConfig, spans: readonly Span[]) => TurnedAttention;

/**
 * Attention once queries and keys are turned: from qk [N, (heads + kvHeads) * D] and v [N, kvHeads * D], which it may free when it
 * needs them no more, out [N, heads * D] and the way back.
 */
export type TurnedAttention = (
  s: Scope,
  qk: Handle,
  v: Handle,
) => { readonly out: Handle; readonly backward: (s: Scope, dOut: Handle) => TurnedGradients };

/** In the shapes of qk and v. */
export interface TurnedGradients {
  readonly dQk: Handle;
  readonly dV: Handle;
}

/** Rows of one dialogue, or of a beginning that several share, in a packed batch. */
export interface Span {
  readonly start: number;
  readonly length: number;
  /** The span with the rows before it, by number; -1: it begins a dialogue. Parents come before their children. */
  readonly parent: number;
  /** Rows before it: the lengths of its ancestors together. */
  readonly before: number;
}
