import { gatherRows, type Matrix } from "../../core";
import type { LoraTarget } from "../adapter";
import type { ModelLayout } from "../transformer/config";

/**
 * How a head's q and k rows lie in a GGUF file, by architecture. llama.cpp turns adjacent rows of a `llama` head by rope, so
 * its converter makes transformers' rows i and i + D/2 neighbours (conversion/llama.py, `permute`); for the others it turns
 * halves, as transformers does, and rows keep their order.
 */
const rowOrders: ReadonlyMap<string, "neighbours" | "halves"> = new Map([
  ["llama", "neighbours"],
  ["qwen2", "halves"],
  ["qwen3", "halves"],
  ["gemma3", "halves"],
]);

/** Rows of a layer's B [out, r] in transformers' order; the same matrix where both orders agree. */
export function toTransformersRows(layout: ModelLayout, target: LoraTarget, b: Matrix): Matrix {
  const from = ggufRowOf(layout, target, b.rows);
  return from === undefined ? b : gatherRows(b, from);
}

/** Rows of a layer's B [out, r] in GGUF's order: the inverse of `toTransformersRows`. */
export function toGgufRows(layout: ModelLayout, target: LoraTarget, b: Matrix): Matrix {
  const from = ggufRowOf(layout, target, b.rows);
  if (from === undefined) return b;
  const inverse = new Int32Array(b.rows);
  from.forEach((ggufRow, row) => (inverse[ggufRow] = row));
  return gatherRows(b, inverse);
}

/** For each of transformers' rows its row in GGUF; undefined where all are the same. */
function ggufRowOf(layout: ModelLayout, target: LoraTarget, rows: number): Int32Array | undefined {
  const order = rowOrders.get(layout.architecture);
  if (order === undefined) {
    const known = [...rowOrders.keys()].join(", ");
    throw new RangeError(`Cannot order the rows of q and k: architecture ${layout.architecture} is none of ${known}`);
  }
  if (order === "halves" || (target !== "attn_q" && target !== "attn_k")) return undefined;
  const half = layout.headWidth / 2;
  return Int32Array.from({ length: rows }, (_, row) => {
    const inHead = row % layout.headWidth;
    return row - inHead + 2 * (inHead % half) + Math.floor(inHead / half);
  });
}
