// Expected values: test/reference/peft/peft_writes.py and peft_reads.py (torch, transformers, PEFT).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { hashFile } from "reclm/core";
import {
  adapterLayoutOf,
  loadLanguageModel,
  logits,
  readAdapterGguf,
  readAdapterPeft,
  readSafetensors,
  writeAdapterGguf,
  writeAdapterPeft,
  writeSafetensors,
  type Adapter,
  type LanguageModel,
  type SafetensorsTensor,
} from "reclm/llm";
import { dialoguesOf, floats, type JsonDialogue } from "../support/peft";
import { adaptersForPeft, writePeftFolders } from "../support/peftFolders";
import { temporaryFolder } from "../support/tinyModel";
import { writeTinyLlama } from "../support/tinyLlama";

interface Shared {
  readonly dialogues: readonly JsonDialogue[];
  readonly positions: readonly number[];
}

type Rows = readonly (readonly string[])[];

interface Written extends Shared {
  readonly cases: readonly {
    readonly name: string;
    readonly config: string;
    readonly weights: string;
    readonly logits: Rows;
  }[];
  readonly score: { readonly config: string; readonly weights: string };
}

interface Read extends Shared {
  readonly cases: readonly {
    readonly name: string;
    readonly sha256: Readonly<Record<string, string>>;
    readonly adapted: number;
    readonly rank: number;
    readonly alpha: number;
    readonly dropout: number;
    readonly logits: Rows;
  }[];
}

function reference<T>(name: string): T {
  return JSON.parse(readFileSync(join(process.cwd(), "test/reference/peft", name), "utf8")) as T;
}

const written = reference<Written>("peft_writes.json");
const verified = reference<Read>("peft_reads.json");

let folder: string;
let model: LanguageModel;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "reclm-"));
  await writeTinyLlama(join(folder, "tiny.gguf"));
  model = await loadLanguageModel(join(folder, "tiny.gguf"));
});

after(async () => {
  model.dispose();
  await rm(folder, { recursive: true });
});

/** Largest difference of our logits from the reference's. */
async function gap(adapter: Adapter, { dialogues, positions }: Shared, rows: Rows): Promise<number> {
  const tokenised = dialoguesOf(dialogues);
  const read = tokenised.map(({ ids }) => positions.filter((position) => position < ids.length));
  const found = await logits(model, adapter, tokenised, { positions: read });
  let most = 0;
  rows.forEach((list, d) => {
    assert.equal(list.length, read[d]!.length);
    const expected = list.flatMap((row) => [...floats(row)]);
    assert.equal(found[d]!.length, expected.length);
    expected.forEach((value, i) => (most = Math.max(most, Math.abs(found[d]![i]! - value))));
  });
  return most;
}

async function unpacked(t: TestContext, files: { readonly config: string; readonly weights: string }): Promise<string> {
  const at = await temporaryFolder(t);
  await writeFile(join(at, "adapter_config.json"), files.config);
  await writeFile(join(at, "adapter_model.safetensors"), Buffer.from(files.weights, "base64"));
  return at;
}

for (const expected of written.cases) {
  test(`an adapter that PEFT has saved gives transformers' logits: ${expected.name}`, async (t) => {
    const at = await unpacked(t, expected);
    const { adapter, score } = await readAdapterPeft(at, model.config);
    assert.equal(score, undefined);
    const found = await gap(adapter, written, expected.logits);
    assert.ok(found < 1e-4, `differs by ${found}`);
    // The same rows without the permutation: what an architecture with transformers' order would have.
    const unmoved = await readAdapterPeft(at, { ...model.config, architecture: "qwen2" });
    const wrong = await gap(unmoved.adapter, written, expected.logits);
    assert.ok(wrong > 0.05, `a wrong row order differs by ${wrong} only`);
    // On to llama.cpp's form and back.
    await writeAdapterGguf(join(at, "adapter.gguf"), adapter, { architecture: "llama" });
    const again = await readAdapterGguf(join(at, "adapter.gguf"));
    assert.deepEqual(again.pairs, adapter.pairs);
  });
}

test("PEFT's settings: dropout, targets as listed, the rank-stabilised factor alpha / sqrt(r)", async (t) => {
  const configOf = async (name: string) => {
    const files = written.cases.find((entry) => entry.name === name)!;
    return (await readAdapterPeft(await unpacked(t, files), model.config)).adapter;
  };
  const attention = await configOf("attention");
  assert.deepEqual(
    { ...attention.config, targets: [...attention.config.targets].sort() },
    { rank: 4, alpha: 8, dropout: 0.1, targets: ["attn_k", "attn_output", "attn_q", "attn_v"] },
  );
  assert.equal((await configOf("rank-stabilised")).config.alpha, 3 * Math.sqrt(4));
  const { pairs } = await configOf("two blocks");
  const bases = ["blk.0.attn_k.weight", "blk.0.ffn_down.weight", "blk.2.attn_k.weight", "blk.2.ffn_down.weight"];
  assert.deepEqual([...pairs.keys()], bases);
});

test("adapters written here are, byte for byte, those that PEFT has loaded and given our logits with", async (t) => {
  const at = await temporaryFolder(t);
  await writePeftFolders(at);
  assert.deepEqual(
    verified.cases.map(({ name }) => name),
    Object.keys(adaptersForPeft),
  );
  for (const expected of verified.cases) {
    const adapter = adaptersForPeft[expected.name]!;
    for (const [name, sha256] of Object.entries(expected.sha256)) {
      assert.equal(await hashFile(join(at, expected.name, name)), sha256, `${expected.name}/${name}`);
    }
    const { rank, alpha, dropout } = adapter.config;
    assert.deepEqual([expected.rank, expected.alpha, expected.dropout], [rank, alpha, dropout]);
    assert.equal(expected.adapted, adapter.pairs.size);
    const found = await gap(adapter, verified, expected.logits);
    assert.ok(found < 1e-4, `${expected.name} differs by ${found}`);
    assert.deepEqual((await readAdapterPeft(join(at, expected.name), model.config)).adapter, adapter);
  }
});

test("rows keep their order for architectures that turn halves, and no order is guessed", async (t) => {
  const at = await temporaryFolder(t);
  const adapter = adaptersForPeft["odd-factor"]!;
  for (const architecture of ["qwen2", "qwen3", "gemma3"]) {
    await writeAdapterPeft(at, { adapter }, { layout: { ...model.config, architecture }, baseModel: "tiny" });
    const { tensors } = await readSafetensors(join(at, "adapter_model.safetensors"));
    const name = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight";
    assert.deepEqual(tensors.get(name)!.values, adapter.pairs.get("blk.0.attn_q.weight")!.b.data);
  }
  const layout = { ...model.config, architecture: "mamba" };
  await assert.rejects(
    writeAdapterPeft(at, { adapter }, { layout, baseModel: "tiny" }),
    /mamba is none of llama, qwen2/,
  );
});

test("the layout in a GGUF header is that of the loaded model", async () => {
  const { architecture, blocks, width, heads, kvHeads, headWidth, feedForward } = model.config;
  const expected = { architecture, blocks, width, heads, kvHeads, headWidth, feedForward };
  assert.deepEqual(await adapterLayoutOf(join(folder, "tiny.gguf")), expected);
});

const plain = written.cases.find(({ name }) => name === "two blocks")!;

const refusedSettings: readonly (readonly [key: string, value: unknown, reason: RegExp])[] = [
  ["peft_type", "IA3", /peft_type is "IA3", not "LORA"/],
  ["use_dora", true, /use_dora is true, which is not understood/],
  ["bias", "lora_only", /has biases \(bias "lora_only"\)/],
  ["lora_bias", true, /lora_bias is true/],
  ["rank_pattern", { q_proj: 8 }, /rank_pattern is {"q_proj":8}/],
  ["alpha_pattern", { q_proj: 8 }, /alpha_pattern is {"q_proj":8}/],
  ["modules_to_save", ["lm_head"], /modules_to_save is \["lm_head"\]/],
  ["modules_to_save", "lm_head", /modules_to_save is "lm_head"/],
  ["modules_to_save", ["score"], /lacks base_model\.model\.score\.weight/],
  ["trainable_token_indices", [1], /trainable_token_indices is \[1\]/],
  ["fan_in_fan_out", true, /fan_in_fan_out is true/],
  ["layer_replication", [[0, 2]], /layer_replication is/],
  ["alora_invocation_tokens", [1, 2], /alora_invocation_tokens is \[1,2\]/],
  ["a_key_of_the_future", 1, /a_key_of_the_future is 1, which is not understood/],
  ["init_lora_weights", "pissa_niter_4", /"pissa_niter_4": it belongs to base weights changed/],
  ["r", 4, /has shape \[2,32\], not \[4,32\]/],
  ["r", 0, /rank r is 0/],
  ["r", "2", /rank r is "2"/],
  ["lora_alpha", 0, /lora_alpha is 0; above 0/],
  ["lora_alpha", undefined, /lora_alpha is missing/],
  ["lora_dropout", 1, /lora_dropout is 1/],
];

test("settings that an adapter here cannot represent are refused by name", async (t) => {
  const at = await unpacked(t, plain);
  const config = JSON.parse(plain.config) as object;
  for (const [key, value, reason] of refusedSettings) {
    await writeFile(join(at, "adapter_config.json"), JSON.stringify({ ...config, [key]: value }));
    await assert.rejects(readAdapterPeft(at, model.config), { name: "RangeError", message: reason }, key);
  }
  await writeFile(join(at, "adapter_config.json"), "[]");
  await assert.rejects(readAdapterPeft(at, model.config), { name: "SyntaxError", message: /not a JSON object/ });
});

const layer = "base_model.model.model.layers.0.self_attn.k_proj";
const numbers = (...shape: readonly number[]): SafetensorsTensor => ({
  shape,
  values: new Float32Array(shape.reduce((size, count) => size * count, 1)),
});

const refusedTensors: readonly (readonly [name: string, tensor: SafetensorsTensor | undefined, reason: RegExp])[] = [
  [`${layer}.lora_B.weight`, undefined, /k_proj\.lora_A\.weight has no other half/],
  [`${layer}.lora_A.weight`, undefined, /k_proj\.lora_B\.weight has no other half/],
  [`${layer}.lora_B.weight`, numbers(32, 2), /lora_B\.weight has shape \[32,2\], not \[16,2\]/],
  [`${layer}.lora_A.weight`, numbers(64), /lora_A\.weight has shape \[64\], not \[2,32\]/],
  [`${layer}.lora_magnitude_vector`, numbers(16), /no use for its tensor .*lora_magnitude_vector/],
  [`${layer}.lora_A.bias`, numbers(2), /no use for its tensor .*lora_A\.bias/],
  ["base_model.model.lm_head.lora_A.weight", numbers(2, 32), /no use for its tensor .*lm_head/],
  ["base_model.model.score.weight", numbers(1, 32), /no use for its tensor .*score/],
  ["base_model.model.model.layers.3.self_attn.k_proj.lora_A.weight", numbers(2, 32), /has 3 blocks, none for/],
];

test("tensors that are unknown, lack their half or have another size are refused by name", async (t) => {
  const at = await unpacked(t, plain);
  const path = join(at, "adapter_model.safetensors");
  const { metadata, tensors } = await readSafetensors(path);
  for (const [name, tensor, reason] of refusedTensors) {
    const changed = new Map(tensors);
    changed.delete(name);
    if (tensor) changed.set(name, tensor);
    await writeSafetensors(path, { metadata, tensors: changed });
    await assert.rejects(readAdapterPeft(at, model.config), { name: "RangeError", message: reason }, name);
  }
  await writeSafetensors(path, { metadata, tensors: new Map() });
  await assert.rejects(readAdapterPeft(at, model.config), /it adapts no layer/);
  await rm(path);
  await assert.rejects(readAdapterPeft(at, model.config), { name: "MissingInputError", message: /save_pretrained/ });
  await rm(join(at, "adapter_config.json"));
  await assert.rejects(readAdapterPeft(at, model.config), {
    name: "MissingInputError",
    message: /adapter_config\.json/,
  });
});

test("an adapter that does not fit its model is not written", async (t) => {
  const at = join(await temporaryFolder(t), "adapter");
  const options = { layout: { ...model.config, blocks: 2 }, baseModel: "tiny" };
  await assert.rejects(
    writeAdapterPeft(at, { adapter: adaptersForPeft["all-layers"]! }, options),
    /Cannot adapt blk\.2\.attn_q\.weight: the model has no such linear layer/,
  );
  const { config } = adaptersForPeft["all-layers"]!;
  await assert.rejects(writeAdapterPeft(at, { adapter: { config, pairs: new Map() } }, options), /it adapts no layer/);
  await assert.rejects(readFile(join(at, "adapter_config.json")), /ENOENT/);
});
