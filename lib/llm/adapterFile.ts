import { matrixOf } from "../core";
import { loraTargets, partsOfBase, type Adapter, type LoraPair, type LoraTarget } from "./adapter";
import {
  type GgufFile,
  type GgufValue,
  metadataNumber,
  metadataStrings,
  openGguf,
  readTensor,
  tensorFrom,
  writeGguf,
} from "./gguf";

/**
 * Writes a LoRA adapter as llama.cpp reads it: `<base tensor>.lora_a` [in, r] and `.lora_b` [r, out] in F32, and alpha
 * (llama.cpp, src/llama-adapter.cpp; it refuses an adapter of another architecture than the model's).
 *
 * Dropout and the list of targets are kept in keys of our own, so that reading gives the adapter back.
 */
export async function writeAdapterGguf(
  path: string,
  adapter: Adapter,
  options: { readonly architecture: string; readonly name?: string },
): Promise<void> {
  const { rank, alpha, dropout } = adapter.config;
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", { type: "string", value: options.architecture }],
    ["general.type", { type: "string", value: "adapter" }],
    ...(options.name === undefined ? [] : [["general.name", { type: "string", value: options.name }] as const]),
    ["adapter.type", { type: "string", value: "lora" }],
    ["adapter.lora.alpha", { type: "float32", value: alpha }],
    ["reclm.lora.rank", { type: "uint32", value: rank }],
    ["reclm.lora.dropout", { type: "float64", value: dropout }],
    ["reclm.lora.targets", { type: "array", items: "string", value: adapter.config.targets }],
  ]);
  const tensors = [...adapter.pairs].flatMap(([base, { a, b }]) => {
    partsOfBase(base);
    if (a.rows !== rank || b.cols !== rank) {
      throw new RangeError(`Cannot write adapter of "${base}": its rank is ${a.rows} and ${b.cols}, not ${rank}`);
    }
    return [
      tensorFrom(`${base}.lora_a`, [a.cols, a.rows], a.data),
      tensorFrom(`${base}.lora_b`, [b.cols, b.rows], b.data),
    ];
  });
  await writeGguf(path, { metadata, tensors });
}

/** Reads a LoRA adapter, ours or one made by llama.cpp's converter (its dropout is then 0); throws when half a pair is missing. */
export async function readAdapterGguf(path: string): Promise<Adapter> {
  const file = await openGguf(path);
  const kind = file.metadata.get("adapter.type")?.value;
  if (kind !== "lora")
    throw new TypeError(`Cannot read adapter ${path}: its adapter.type is ${String(kind)}, not lora`);
  const bases = [...file.tensors.keys()].filter((name) => name.endsWith(".lora_a")).map((name) => name.slice(0, -7));
  const pairs = new Map<string, LoraPair>();
  for (const base of bases) pairs.set(base, await readPair(file, base));
  if (pairs.size === 0 || 2 * pairs.size !== file.tensors.size) {
    throw new SyntaxError(`Cannot read adapter ${path}: ${file.tensors.size} tensors make ${pairs.size} pairs`);
  }
  const ranks = new Set([...pairs.values()].map((pair) => pair.a.rows));
  if (ranks.size > 1) throw new RangeError(`Cannot read adapter ${path}: its ranks differ (${[...ranks].join(", ")})`);
  const rank = [...ranks][0]!;
  const found = new Set(bases.map((base) => partsOfBase(base).target));
  const kept = file.metadata.has("reclm.lora.targets") ? metadataStrings(file, "reclm.lora.targets") : [];
  const order = [...kept, ...loraTargets];
  const dropout = metadataNumber(file, "reclm.lora.dropout", 0);
  // llama.cpp takes an absent or zero alpha as "factor 1".
  const alpha = metadataNumber(file, "adapter.lora.alpha", 0) || rank;
  return { config: { rank, alpha, dropout, targets: inOrder(found, order) }, pairs };
}

function inOrder(found: ReadonlySet<LoraTarget>, order: readonly string[]): readonly LoraTarget[] {
  return [...found].sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

async function readPair(file: GgufFile, base: string): Promise<LoraPair> {
  const a = file.tensors.get(`${base}.lora_a`);
  const b = file.tensors.get(`${base}.lora_b`);
  if (a?.dims.length !== 2 || b?.dims.length !== 2 || a.dims[1] !== b.dims[0]) {
    throw new SyntaxError(`Cannot read adapter ${file.path}: "${base}" is not a pair of matrices of one rank`);
  }
  return {
    a: matrixOf(a.dims[1]!, a.dims[0]!, await readTensor(file, a.name)),
    b: matrixOf(b.dims[1]!, b.dims[0]!, await readTensor(file, b.name)),
  };
}
