import { existsSync } from "node:fs";
import { join } from "node:path";
import { MissingInputError, readJson, type Json } from "../../core";

/** What this project takes from an `adapter_config.json` (peft, tuners/lora/config.py). */
export interface PeftConfig {
  readonly rank: number;
  /** y = W x + (alpha / rank) B A x; rank-stabilised adapters, whose factor is alpha / sqrt(rank), are restated so. */
  readonly alpha: number;
  readonly dropout: number;
  /** The target modules' names in their order, where they are listed. */
  readonly modules: readonly string[];
  /** Whether a scalar head `score` may be stored beside the pairs. */
  readonly savesScore: boolean;
}

/** Keys that change neither what a stored adapter computes nor how it is read, whatever their value. */
const harmless: ReadonlySet<string> = new Set([
  ...["auto_mapping", "base_model_name_or_path", "revision", "peft_version", "inference_mode", "task_type"],
  // Which layers are adapted is read off the tensors.
  ...["target_modules", "exclude_modules", "layers_to_transform", "layers_pattern"],
  // How A and B began; init_lora_weights is checked.
  ...["loftq_config", "eva_config", "corda_config", "lora_ga_config"],
  ...["megatron_config", "megatron_core", "runtime_config", "qalora_group_size"],
]);

const read: ReadonlySet<string> = new Set([
  ...["peft_type", "r", "lora_alpha", "lora_dropout", "use_rslora", "bias", "init_lora_weights", "modules_to_save"],
]);

/** Initialisations that leave the base weights alone; the others (pissa, olora, corda, loftq) belong to weights of their own. */
const harmlessInit: readonly unknown[] = [undefined, null, true, false, "gaussian", "orthogonal", "eva"];

/** Names of the head that PEFT saves for sequence classification; a model has one of them. */
const scoreModules: readonly unknown[] = ["classifier", "score"];

type Fail = (reason: string) => RangeError;

/**
 * Reads and checks an adapter folder's configuration. Throws a RangeError that names the folder and the key for what an
 * `Adapter` cannot represent: DoRA, biases, patterns of ranks, trained embeddings, and every key that is not known and set.
 */
export async function readPeftConfig(folder: string): Promise<PeftConfig> {
  const path = join(folder, "adapter_config.json");
  if (!existsSync(path)) throw new MissingInputError(path, "name a folder that PEFT's save_pretrained has written");
  const json = await readJson(path);
  if (!isRecord(json)) throw new SyntaxError(`Cannot read ${path}: it is not a JSON object`);
  return peftConfigOf(json, (reason) => new RangeError(`Cannot read adapter ${folder}: ${reason}`));
}

function peftConfigOf(json: Readonly<Record<string, unknown>>, fail: Fail): PeftConfig {
  if (json["peft_type"] !== "LORA") throw fail(`its peft_type is ${shown(json["peft_type"])}, not "LORA"`);
  checkFeatures(json, fail);
  const { r: rank, lora_alpha: alpha, lora_dropout: dropout = 0 } = json;
  if (!(Number.isSafeInteger(rank) && (rank as number) >= 1)) throw fail(`its rank r is ${shown(rank)}`);
  if (!(isNumber(alpha) && alpha > 0)) throw fail(`its lora_alpha is ${shown(alpha)}; above 0 is needed`);
  if (!(isNumber(dropout) && dropout >= 0 && dropout < 1)) throw fail(`its lora_dropout is ${shown(dropout)}`);
  const modules = json["target_modules"];
  return {
    rank: rank as number,
    alpha: json["use_rslora"] === true ? alpha * Math.sqrt(rank as number) : alpha,
    dropout,
    modules: Array.isArray(modules) ? modules.filter((name): name is string => typeof name === "string") : [],
    savesScore: (json["modules_to_save"] ?? null) !== null,
  };
}

function checkFeatures(json: Readonly<Record<string, unknown>>, fail: Fail): void {
  const { bias = "none", init_lora_weights: init, modules_to_save: saved } = json;
  if (bias !== "none") throw fail(`it has biases (bias ${shown(bias)}); only weights are understood`);
  if (!harmlessInit.includes(init))
    throw fail(`its init_lora_weights is ${shown(init)}: it belongs to base weights changed by that method`);
  if (Array.isArray(saved) ? !saved.every((name) => scoreModules.includes(name)) : (saved ?? null) !== null)
    throw fail(`its modules_to_save is ${shown(saved)}; only a scalar head "score" is understood`);
  for (const [key, value] of Object.entries(json)) {
    if (read.has(key) || harmless.has(key) || isIdle(value)) continue;
    throw fail(`its ${key} is ${shown(value)}, which is not understood`);
  }
}

/** Whether a value switches a feature off: null, false, an empty list or object. */
function isIdle(value: unknown): boolean {
  return value === null || value === false || (typeof value === "object" && Object.keys(value as object).length === 0);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? "missing";
}

/** The `adapter_config.json` of an adapter, its keys in alphabetical order, as PEFT writes them; what is left out is PEFT's default. */
export function peftConfigJson(config: PeftConfig, baseModel: string): Json {
  return {
    base_model_name_or_path: baseModel,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: config.alpha,
    lora_dropout: config.dropout,
    modules_to_save: config.savesScore ? ["score"] : null,
    peft_type: "LORA",
    r: config.rank,
    target_modules: config.modules,
    task_type: config.savesScore ? "SEQ_CLS" : "CAUSAL_LM",
    use_dora: false,
    use_rslora: false,
  };
}
