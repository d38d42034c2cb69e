import { copyFile, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { hashFile, InputError, readJson, writeJson, type Json } from "../core";
import { readAdapterGguf } from "./adapterFile";

/** One adapter of a stack, as its manifest tells it. */
export interface StackedAdapter {
  /** "gpt-kd" */
  readonly name: string;
  /** GGUF file, in the manifest's folder. */
  readonly file: string;
  readonly sha256: string;
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly string[];
}

/** A tuned model as a folder: adapters that add up on one base file, with the record of how they came about. */
export interface AdapterStack {
  readonly name: string;
  /** The GGUF file that the adapters were tuned on. */
  readonly base: { readonly file: string; readonly sha256: string };
  /** In the order in which they were tuned, each on those before it. */
  readonly adapters: readonly StackedAdapter[];
  /** Data, seed, configuration, versions, losses. */
  readonly record: Json;
}

/** What a stack is written from. */
export interface StackParts {
  readonly name: string;
  /** Path of the base model. */
  readonly basePath: string;
  readonly adapters: readonly { readonly name: string; readonly path: string }[];
  readonly record: Json;
}

/** Copies the adapters into `folder`, numbered in their order, and writes `manifest.json`, which says what they are. */
export async function writeAdapterStack(folder: string, parts: StackParts): Promise<AdapterStack> {
  await mkdir(folder, { recursive: true });
  const adapters: StackedAdapter[] = [];
  for (const [at, { name, path }] of parts.adapters.entries()) {
    const file = `${at + 1}-${name}.gguf`;
    await copyFile(path, join(folder, file));
    const { rank, alpha, targets } = (await readAdapterGguf(join(folder, file))).config;
    adapters.push({ name, file, sha256: await hashFile(join(folder, file)), rank, alpha, targets });
  }
  const base = { file: basename(parts.basePath), sha256: await hashFile(parts.basePath) };
  const stack: AdapterStack = { name: parts.name, base, adapters, record: parts.record };
  await writeJson(join(folder, "manifest.json"), JSON.parse(JSON.stringify(stack)) as Json);
  return stack;
}

/**
 * Reads a stack and checks the adapters, and the base model where its path is given, against their SHA-256. `paths` are the
 * adapter files in their order: for `openGenerator({ adapterPaths })`, or through `readAdapterGguf` for further tuning with
 * `loadLanguageModel(path, { adapters })`.
 *
 * Throws an InputError that names the file and the field for a manifest that is none, and for files that are not the manifest's.
 */
export async function readAdapterStack(
  folder: string,
  basePath?: string,
): Promise<AdapterStack & { readonly paths: readonly string[] }> {
  const path = join(folder, "manifest.json");
  const stack = checkedManifest(path, await readJson(path));
  for (const { file, sha256 } of stack.adapters) await checkFile(path, join(folder, file), file, sha256);
  if (basePath !== undefined) await checkFile(path, basePath, "base", stack.base.sha256);
  return { ...stack, paths: stack.adapters.map(({ file }) => join(folder, file)) };
}

async function checkFile(manifest: string, path: string, field: string, sha256: string): Promise<void> {
  const found = await hashFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new InputError(manifest, 1, field, `${path} is missing`);
    throw error;
  });
  if (found !== sha256) throw new InputError(manifest, 1, field, `${path} is another file: its SHA-256 is ${found}`);
}

function checkedManifest(path: string, json: Json): AdapterStack {
  const { name, base, adapters } = (json ?? {}) as Partial<AdapterStack>;
  if (typeof name !== "string") throw new InputError(path, 1, "name", "it is not a string");
  if (typeof base?.sha256 !== "string") throw new InputError(path, 1, "base", "it has no SHA-256");
  if (!Array.isArray(adapters)) throw new InputError(path, 1, "adapters", "they are not a list");
  for (const { file, sha256 } of adapters as readonly Partial<StackedAdapter>[]) {
    if (typeof file !== "string" || basename(file) !== file || typeof sha256 !== "string")
      throw new InputError(path, 1, "adapters", "one has no file name of this folder or no SHA-256");
  }
  return json as unknown as AdapterStack;
}
