// Expected values: llama.cpp's log-probabilities of the same files; the hash, by hand.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import {
  loadLanguageModel,
  openGenerator,
  openGguf,
  readTensor,
  scoreTokens,
  tensorFrom,
  tokenLogProbs,
  writeGguf,
  writeTinyModel,
  type GgufTensorSource,
  type GgufValue,
} from "reclm/llm";
import { temporaryFolder } from "../scripts/project";
import { uniform } from "../support/noise";
import { tiny, writeTinyLlama } from "../support/tinyLlama";

type Metadata = readonly (readonly [string, GgufValue])[];

/** A copy of a GGUF file in 32-bit floats, with more metadata and tensors. */
async function extended(from: string, to: string, more: Metadata, tensors: readonly GgufTensorSource[] = []) {
  const file = await openGguf(from);
  const own: GgufTensorSource[] = [];
  for (const [name, { dims }] of file.tensors) own.push(tensorFrom(name, dims, await readTensor(file, name)));
  await writeGguf(to, { metadata: new Map([...file.metadata, ...more]), tensors: [...own, ...tensors] });
  return to;
}

async function ownLogProbs(path: string, ids: Int32Array): Promise<Float32Array> {
  const model = await loadLanguageModel(path);
  const [ours] = await tokenLogProbs(model, undefined, [{ ids, mask: new Uint8Array(ids.length).fill(1) }]);
  model.dispose();
  return ours!;
}

const factor = (value: number): Metadata => [["llama.rope.scaling.factor", { type: "float32", value }]];
const oldFactor = (value: number): Metadata => [["llama.rope.scale_linear", { type: "float32", value }]];
const type = (value: string): Metadata => [["llama.rope.scaling.type", { type: "string", value }]];

test("rope scaling is llama.cpp's, also where a file does not name its type", async (t) => {
  const folder = temporaryFolder(t);
  const plain = join(folder, "plain.gguf");
  await writeTinyModel(plain, { seed: 3 });
  const ids = Int32Array.from(uniform(1, 60), (u) => Math.floor(u * 250));
  const unscaled = await ownLogProbs(plain, ids);
  const cases: readonly (readonly [string, Metadata, scales: boolean])[] = [
    ["a factor alone", factor(4), true],
    ["the old key alone", oldFactor(4), true],
    ["both", [...factor(4), ...oldFactor(2)], true],
    ["factor 0 beside the old key", [...factor(0), ...oldFactor(4)], false],
    ["linear", [...type("linear"), ...factor(4)], true],
    ["none", [...type("none"), ...factor(4)], false],
  ];
  for (const [name, more, scales] of cases) {
    const path = await extended(plain, join(folder, `${name}.gguf`), more);
    const ours = await ownLogProbs(path, ids);
    assert.equal(furthest(ours, unscaled) > 0.01, scales, name);
    assert.ok(furthest(ours, await theirLogProbs(t, path, ids)) < 1e-3, name);
  }
});

async function theirLogProbs(t: TestContext, modelPath: string, ids: Int32Array): Promise<Float32Array> {
  const generator = await openGenerator({ modelPath, contextTokens: 256, exact: true });
  t.after(() => generator.dispose());
  return scoreTokens(generator, ids);
}

function furthest(left: Float32Array, right: Float32Array): number {
  assert.equal(left.length, right.length);
  return Math.max(...left.map((value, i) => Math.abs(value - right[i]!)));
}

test("the weights' hash is of the configuration and every value, rope's divisors where a file has them", async (t) => {
  const folder = temporaryFolder(t);
  const plain = join(folder, "plain.gguf");
  await writeTinyLlama(plain);
  const divisors = Float32Array.of(1, 2, 4, 8);
  const more = [tensorFrom("rope_freqs.weight", [tiny.headWidth / 2], divisors)];
  const divided = await extended(plain, join(folder, "divided.gguf"), [], more);
  const file = await openGguf(plain);
  const model = await loadLanguageModel(plain);
  const layers = "attn_norm attn_q attn_k attn_v attn_output ffn_norm ffn_gate ffn_up ffn_down".split(" ");
  const blocks = Array.from({ length: tiny.blocks }, (_, b) => layers.map((layer) => `blk.${b}.${layer}.weight`));
  const hash = createHash("sha256").update(JSON.stringify(model.config));
  for (const name of ["token_embd.weight", ...blocks.flat(), "output_norm.weight", "output.weight"]) {
    hash.update(new Uint8Array((await readTensor(file, name)).buffer));
  }
  assert.equal(model.weights.sha256, hash.copy().digest("hex"));
  const other = await loadLanguageModel(divided);
  assert.equal(other.weights.sha256, hash.update(new Uint8Array(divisors.buffer)).digest("hex"));
  assert.equal(other.ropeFrequencies[3]! / model.ropeFrequencies[3]!, 1 / 8);
  model.dispose();
  other.dispose();
});
