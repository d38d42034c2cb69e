import { loadTf } from "../../core/tf";
import type { Attention, Span } from "./attention";
import type { ModelConfig } from "./config";
import type { Scope } from "./device";
import { fusedAttention } from "./fusedAttention";
import { productAttention } from "./productAttention";
import type { RopeTable } from "./rope";

/** Attention by one operation of our own on a CPU, and by TensorFlow's products on a GPU. */
export function attentionOf(s: Scope, config: ModelConfig, spans: readonly Span[], rope: RopeTable): Attention {
  const { isUsingGpuDevice } = loadTf().backend() as unknown as { readonly isUsingGpuDevice: boolean };
  return (isUsingGpuDevice ? productAttention : fusedAttention)(s, config, spans, rope);
}
