import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { matrixOf, MissingInputError, writeJson, type Matrix } from "../../core";
import { partsOfBase, type Adapter, type LoraPair, type LoraTarget } from "../adapter";
import { openGguf } from "../gguf";
import { readSafetensors, writeSafetensors, type SafetensorsTensor } from "../safetensors";
import { modelLayoutOf, type ModelLayout } from "../transformer/config";
import { adaptableLayers, checkTargets } from "../transformer/model";
import { peftConfigJson, readPeftConfig, type PeftConfig } from "./adapterConfig";
import { baseOfPeftTensor, moduleOf, peftTensorOf, scoreTensor, shortModuleOf, targetOfModule } from "./names";
import { toGgufRows, toTransformersRows } from "./rowOrder";

/** An adapter as PEFT stores it. */
export interface PeftAdapter {
  readonly adapter: Adapter;
  /** [E] weights of transformers' sequence-classification head `score` with one label; it has no bias. */
  readonly score?: Float32Array;
}

const weightsName = "adapter_model.safetensors";

/**
 * What an adapter's base model looks like, from the header of its GGUF file (architectures llama, qwen2, qwen3, gemma3). The
 * `config` of a loaded `LanguageModel` serves too.
 *
 * @example const layout = await adapterLayoutOf("data/models/SmolLM2-135M-Instruct.Q8_0.gguf");
 */
export async function adapterLayoutOf(ggufPath: string): Promise<ModelLayout> {
  return modelLayoutOf(await openGguf(ggufPath));
}

/**
 * Writes an adapter as PEFT's `save_pretrained` does: `adapter_model.safetensors` in 32-bit floats, then `adapter_config.json`.
 * Rows of q's and k's B take transformers' order. With a scalar head the folder is one of task type SEQ_CLS.
 *
 * A target that not every block has is listed by full module names. Throws a RangeError for an adapter that does not fit the
 * layout, and for an architecture whose row order is not known.
 *
 * @example
 * const adapter = await readAdapterGguf("adapter.gguf");
 * await writeAdapterPeft("peft-adapter", { adapter }, { layout, baseModel: "HuggingFaceTB/SmolLM2-135M-Instruct" });
 */
export async function writeAdapterPeft(
  folder: string,
  { adapter, score }: PeftAdapter,
  { layout, baseModel }: { readonly layout: ModelLayout; readonly baseModel: string },
): Promise<void> {
  checkTargets(layout, adapter);
  const { rank, alpha, dropout } = adapter.config;
  if (adapter.pairs.size === 0) throw new RangeError(`Cannot write adapter ${folder}: it adapts no layer`);
  if (!(alpha > 0)) throw new RangeError(`Cannot write adapter ${folder}: its alpha is ${alpha}; above 0 is needed`);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [base, { a, b }] of adapter.pairs) {
    const rows = toTransformersRows(layout, partsOfBase(base).target, b);
    tensors.set(peftTensorOf(base, "A"), { shape: [a.rows, a.cols], values: a.data });
    tensors.set(peftTensorOf(base, "B"), { shape: [rows.rows, rows.cols], values: rows.data });
  }
  if (score) tensors.set(scoreTensor, { shape: [1, layout.width], values: score });
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, weightsName), { metadata: new Map([["format", "pt"]]), tensors });
  const modules = targetModules(layout, adapter);
  const config = { rank, alpha, dropout, modules, savesScore: score !== undefined };
  await writeJson(join(folder, "adapter_config.json"), peftConfigJson(config, baseModel));
}

/** Short names match the module in every block (peft, tuners/tuners_utils.py, `check_target_module_exists`). */
function targetModules(layout: ModelLayout, adapter: Adapter): readonly string[] {
  const order = adapter.config.targets;
  return targetsIn(adapter.pairs, order).flatMap((target) => {
    const bases = [...adapter.pairs.keys()].filter((base) => partsOfBase(base).target === target);
    return bases.length === layout.blocks ? [shortModuleOf(target)] : bases.map(moduleOf);
  });
}

/** The targets that pairs have, those of `order` first. */
function targetsIn(pairs: ReadonlyMap<string, LoraPair>, order: readonly LoraTarget[]): readonly LoraTarget[] {
  const found = new Set([...pairs.keys()].map((base) => partsOfBase(base).target));
  return [...new Set([...order, ...found])].filter((target) => found.has(target));
}

type Fail = (reason: string) => RangeError;
type Tensors = ReadonlyMap<string, SafetensorsTensor>;

/**
 * Reads an adapter that PEFT, or anything built on it, has saved; 16-bit weights are widened. Rows of q's and k's B take GGUF's
 * order, so the adapter can train further here, or be written by `writeAdapterGguf` for generation.
 *
 * Throws a RangeError that names the folder for what an `Adapter` cannot represent (DoRA, biases, patterns of ranks, other
 * saved modules), and for tensors that are unknown, lack their other half, or have other sizes than the layout's; a
 * MissingInputError when the folder has no weights as safetensors.
 *
 * @example const { adapter } = await readAdapterPeft("peft-adapter", model.config);
 */
export async function readAdapterPeft(folder: string, layout: ModelLayout): Promise<PeftAdapter> {
  const config = await readPeftConfig(folder);
  const tensors = await weightsOf(folder);
  const fail: Fail = (reason) => new RangeError(`Cannot read adapter ${folder}: ${reason}`);
  checkNames(tensors, layout, config, fail);
  const pairs = new Map<string, LoraPair>();
  for (const [base, layer] of adaptableLayers(layout)) {
    const a = tensors.get(peftTensorOf(base, "A"));
    const b = tensors.get(peftTensorOf(base, "B"));
    if (!a && !b) continue;
    if (!a || !b) throw fail(`${peftTensorOf(base, a ? "A" : "B")} has no other half`);
    const matrixA = matrixIn(peftTensorOf(base, "A"), a, config.rank, layer.inputs, fail);
    const matrixB = matrixIn(peftTensorOf(base, "B"), b, layer.outputs, config.rank, fail);
    pairs.set(base, { a: matrixA, b: toGgufRows(layout, partsOfBase(base).target, matrixB) });
  }
  if (pairs.size === 0) throw fail("it adapts no layer");
  const { rank, alpha, dropout, modules } = config;
  const targets = targetsIn(
    pairs,
    modules.flatMap((module) => targetOfModule(module) ?? []),
  );
  const adapter = { config: { rank, alpha, dropout, targets }, pairs };
  const score = tensors.get(scoreTensor);
  return { adapter, ...(score ? { score: matrixIn(scoreTensor, score, 1, layout.width, fail).data } : {}) };
}

async function weightsOf(folder: string): Promise<Tensors> {
  const path = join(folder, weightsName);
  // adapter_model.bin, PEFT's older form, is a Python pickle: reading one means running it.
  const remedy = "save the adapter by PEFT's save_pretrained, as safetensors (its default)";
  if (!existsSync(path)) throw new MissingInputError(path, remedy);
  return (await readSafetensors(path)).tensors;
}

function checkNames(tensors: Tensors, layout: ModelLayout, config: PeftConfig, fail: Fail): void {
  const layers = adaptableLayers(layout);
  for (const name of tensors.keys()) {
    if (name === scoreTensor && config.savesScore) continue;
    const base = baseOfPeftTensor(name)?.base;
    if (base === undefined) throw fail(`no use for its tensor ${name}`);
    if (!layers.has(base)) throw fail(`the model has ${layout.blocks} blocks, none for ${name}`);
  }
  if (config.savesScore && !tensors.has(scoreTensor)) throw fail(`it lacks ${scoreTensor}, one of its modules_to_save`);
}

function matrixIn(name: string, { shape, values }: SafetensorsTensor, rows: number, cols: number, fail: Fail): Matrix {
  if (shape.length !== 2 || shape[0] !== rows || shape[1] !== cols)
    throw fail(`${name} has shape ${JSON.stringify(shape)}, not [${rows},${cols}]`);
  return matrixOf(rows, cols, values);
}
