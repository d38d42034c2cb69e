import { encode } from "./quantise";
import { openGguf, readTensorChunks } from "./reader";
import { type EncodableType, ggmlTypes, type GgufFile, type GgufTensor, type GgufValue } from "./types";
import { type GgufTensorSource, writeGguf } from "./writer";

// The numbers of llama_ftype (llama.cpp, include/llama.h).
const fileTypes: Readonly<Record<EncodableType, number>> = { F32: 0, F16: 1, Q8_0: 7 };

/**
 * Writes a copy of a model with its matrices stored in another type, a few MB in memory at a time.
 *
 * Vectors (norms, biases) become F32; so does a matrix whose rows are not whole blocks of the type.
 */
export async function requantise(sourcePath: string, targetPath: string, type: EncodableType): Promise<void> {
  const source = await openGguf(sourcePath);
  const metadata = new Map<string, GgufValue>(source.metadata);
  metadata.set("general.file_type", { type: "uint32", value: fileTypes[type] });
  const tensors = [...source.tensors.values()].map((tensor) => reencoded(source, tensor, type));
  await writeGguf(targetPath, { metadata, tensors });
}

function reencoded(source: GgufFile, tensor: GgufTensor, wanted: EncodableType): GgufTensorSource {
  const { name, dims } = tensor;
  const whole = dims[0]! % ggmlTypes[wanted].blockSize === 0;
  const type = dims.length > 1 && whole ? wanted : "F32";
  return {
    name,
    dims,
    type,
    async *bytes() {
      // Chunks are whole multiples of 32 values for every source type, so no target block is cut in two.
      for await (const values of readTensorChunks(source, name)) yield encode(values, type);
    },
  };
}
