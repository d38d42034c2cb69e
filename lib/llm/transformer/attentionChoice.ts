import { loadTf } from "../../core/tf";
import type { Attention, AttentionWay, Span } from "./attention";
import type { ModelConfig } from "./config";
import type { Handle, Scope } from "./device";
import { fusedAttention } from "./fusedAttention";
import { concat, slice } from "./ops";
import { productAttention } from "./productAttention";
import { type RopeTable, rotate } from "./rope";

/** One operation of our own on a CPU, TensorFlow's products on a GPU. */
function fastestWay(): AttentionWay {
  const { isUsingGpuDevice } = loadTf().backend() as unknown as { readonly isUsingGpuDevice: boolean };
  return isUsingGpuDevice ? productAttention : fusedAttention;
}

/** Attention with rotary positions, by the way that is fastest here unless another is given. */
export function attentionOf(
  s: Scope,
  config: ModelConfig,
  spans: readonly Span[],
  rope: RopeTable,
  way: AttentionWay = fastestWay(),
): Attention {
  const { heads, kvHeads, headWidth } = config;
  const turnedWidth = (heads + kvHeads) * headWidth;
  const attend = way(s, config, spans);
  return (own, qkv) => {
    const rows = qkv.shape[0] as number;
    const straight = slice(own, qkv, [0, 0], [rows, turnedWidth]);
    const qk = rotate(own, straight, rope.forward);
    own.free(straight);
    const v = slice(own, qkv, [0, turnedWidth], [rows, kvHeads * headWidth]);
    const attended = attend(own, qk, v);
    const backward = (back: Scope, dOut: Handle): Handle => {
      const { dQk, dV } = attended.backward(back, dOut);
      const turned = rotate(back, dQk, rope.backward);
      const dQkv = concat(back, [turned, dV], 1);
      back.free(dQk, dV, turned);
      return dQkv;
    };
    return { out: attended.out, backward };
  };
}
