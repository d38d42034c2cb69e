import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { matrixOf, prngOf, randomNormal } from "reclm/core";
import {
  type Adapter,
  type LoraTarget,
  openGenerator,
  openGguf,
  openTokenizer,
  promptIds,
  readAdapterGguf,
  readTensor,
  scoreTokens,
  tensorFrom,
  writeAdapterGguf,
  writeGguf,
} from "reclm/llm";
import { temporaryFolder, tinyModel } from "../support/tinyModel";

const widths: Readonly<Record<LoraTarget, readonly [number, number]>> = {
  attn_q: [64, 64],
  attn_k: [64, 32],
  attn_v: [64, 32],
  attn_output: [64, 64],
  ffn_gate: [64, 128],
  ffn_up: [64, 128],
  ffn_down: [128, 64],
};

function randomAdapter(seed: number, rank: number, alpha: number, targets: readonly LoraTarget[], size = 0.1): Adapter {
  const prng = prngOf(seed, "adapter");
  const random = (length: number): Float32Array => Float32Array.from({ length }, () => size * randomNormal(prng));
  const pairs = [0, 1].flatMap((block) =>
    targets.map((target) => {
      const [inputs, outputs] = widths[target];
      const pair = {
        a: matrixOf(rank, inputs, random(rank * inputs)),
        b: matrixOf(outputs, rank, random(outputs * rank)),
      };
      return [`blk.${block}.${target}.weight`, pair] as const;
    }),
  );
  return { config: { rank, alpha, dropout: 0.1, targets }, pairs: new Map(pairs) };
}

test("an adapter reads back as written", async (t) => {
  const path = join(await temporaryFolder(t), "adapter.gguf");
  const adapter = randomAdapter(1, 3, 6.5, ["attn_v", "attn_q", "ffn_down"]);
  await writeAdapterGguf(path, adapter, { architecture: "llama", name: "three targets" });
  assert.deepEqual(await readAdapterGguf(path), adapter);
  const file = await openGguf(path);
  // Order of dimensions and metadata as llama.cpp's own converter writes them (convert_lora_to_gguf.py).
  assert.deepEqual(file.tensors.get("blk.0.ffn_down.weight.lora_a")?.dims, [128, 3]);
  assert.deepEqual(file.tensors.get("blk.0.ffn_down.weight.lora_b")?.dims, [3, 64]);
  assert.deepEqual(file.metadata.get("adapter.lora.alpha"), { type: "float32", value: 6.5 });
  assert.deepEqual(file.metadata.get("general.type"), { type: "string", value: "adapter" });
});

test("adapters that llama.cpp would refuse or die of are refused first", async (t) => {
  const folder = await temporaryFolder(t);
  const { config, pairs } = randomAdapter(1, 2, 4, ["attn_q"]);
  const pair = pairs.get("blk.0.attn_q.weight")!;
  const write = (base: string, rank: number): Promise<void> => {
    const adapter = { config: { ...config, rank }, pairs: new Map([[base, pair]]) };
    return writeAdapterGguf(join(folder, "bad.gguf"), adapter, { architecture: "llama" });
  };
  await assert.rejects(write("token_embd.weight", 2), /adaptable are attn_q/);
  await assert.rejects(write("blk.0.attn_q.weight", 3), /its rank is 2 and 2, not 3/);
  const half = join(folder, "half.gguf");
  await writeGguf(half, {
    metadata: new Map([["adapter.type", { type: "string", value: "lora" }]]),
    tensors: [tensorFrom("blk.0.attn_q.weight.lora_a", [64, 2], pair.a.data)],
  });
  await assert.rejects(readAdapterGguf(half), /not a pair of matrices of one rank/);
  await assert.rejects(readAdapterGguf(await tinyModel(t, { seed: 1 })), /adapter\.type is undefined, not lora/);
});

test("llama.cpp adds (alpha / rank) B A to a weight: same scores as a model with the sum written into it", async (t) => {
  const model = await tinyModel(t, { seed: 4 });
  const folder = await temporaryFolder(t);
  const targets = Object.keys(widths) as LoraTarget[];
  const [first, second] = [randomAdapter(1, 2, 5, targets), randomAdapter(2, 3, 3, ["attn_q", "attn_v"])];
  const paths = ["first.gguf", "second.gguf"].map((name) => join(folder, name));
  await writeAdapterGguf(paths[0]!, first, { architecture: "llama" });
  await writeAdapterGguf(paths[1]!, second, { architecture: "llama" });
  const merged = join(folder, "merged.gguf");
  await writeMerged(model, merged, [first, second]);
  const tokenizer = await openTokenizer(model);
  t.after(() => tokenizer.dispose());
  const ids = promptIds(tokenizer, [{ role: "user", content: "The user likes movies of 1995; and the rest?" }]);
  const scores = async (modelPath: string, adapterPaths: readonly string[]): Promise<Float32Array> => {
    const generator = await openGenerator({ modelPath, adapterPaths, contextTokens: 256, exact: true });
    const values = await scoreTokens(generator, ids);
    await generator.dispose();
    return values;
  };
  const [plain, stacked, inOne] = [await scores(model, []), await scores(model, paths), await scores(merged, [])];
  assert.equal(stacked.length, ids.length - 1);
  const gap = (a: Float32Array, b: Float32Array): number =>
    a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
  assert.ok(gap(stacked, inOne) < 1e-3, `differs by ${gap(stacked, inOne)}`);
  assert.ok(gap(stacked, plain) > 0.1, "the adapters change nothing");
});

async function writeMerged(source: string, target: string, adapters: readonly Adapter[]): Promise<void> {
  const file = await openGguf(source);
  const tensors = [];
  for (const { name, dims } of file.tensors.values()) {
    const values = await readTensor(file, name);
    for (const { config, pairs } of adapters) {
      const pair = pairs.get(name);
      if (pair === undefined) continue;
      for (let o = 0; o < pair.b.rows; o++) {
        for (let i = 0; i < pair.a.cols; i++) {
          let sum = 0;
          for (let r = 0; r < config.rank; r++)
            sum += pair.b.data[o * config.rank + r]! * pair.a.data[r * pair.a.cols + i]!;
          values[o * pair.a.cols + i]! += (config.alpha / config.rank) * sum;
        }
      }
    }
    tensors.push(tensorFrom(name, dims, values));
  }
  await writeGguf(target, { metadata: file.metadata, tensors });
}
