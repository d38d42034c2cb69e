import { loadTf } from "../../core/tf";
import type { ModelConfig } from "./config";
import type { Handle, Scope } from "./device";
import { fusedAttention } from "./fusedAttention";
import { productAttention } from "./productAttention";
import type { RopeTable } from "./rope";
import type { Span } from "./span";

/**
 * Causal grouped-query attention of one batch: from qkv [N, (heads + 2 kvHeads) * D] out [N, heads * D], and the way back, which
 * gives dqkv. Dialogues never see each other, and no padding is computed. What the way back needs belongs to the scope.
 */
export type Attention = (
  s: Scope,
  qkv: Handle,
) => { readonly out: Handle; readonly backward: (s: Scope, dOut: Handle) => Handle };

/** Attention by one operation of our own on a CPU, and by TensorFlow's products on a GPU. */
export function attentionOf(s: Scope, config: ModelConfig, spans: readonly Span[], rope: RopeTable): Attention {
  const { isUsingGpuDevice } = loadTf().backend() as unknown as { readonly isUsingGpuDevice: boolean };
  return (isUsingGpuDevice ? productAttention : fusedAttention)(s, config, spans, rope);
}
