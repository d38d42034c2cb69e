import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, hashBytes, messageOf, namesIn, readJson, writeFileAtomic, writeJson, type Json } from "../core";
import type { AdamW } from "./adamw";

/** What a trainer needs to go on as if it had never stopped. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  /** Weights and optimiser moments, by name. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
  /** What the run depends on: configuration, seed, hashes of data and model. */
  readonly setup: Json;
  /** What was recorded so far: losses and evaluations. */
  readonly history: Json;
}

/** Parameters and their Adam's moments under the names that checkpoints have for them: "x", then "x.first", then "x.second". */
export function trainingState(
  parameters: ReadonlyMap<string, Float32Array>,
  { firstMoments, secondMoments }: Pick<AdamW, "firstMoments" | "secondMoments">,
): ReadonlyMap<string, Float32Array> {
  const names = [...parameters.keys()];
  return new Map([
    ...parameters,
    ...names.map((name, i) => [`${name}.first`, firstMoments[i]!] as const),
    ...names.map((name, i) => [`${name}.second`, secondMoments[i]!] as const),
  ]);
}

/** Copies a checkpoint's tensors into a run's state; throws a RangeError that names the first one that does not fit. */
export function restoreTraining(
  folder: string,
  { tensors }: Checkpoint,
  state: ReadonlyMap<string, Float32Array>,
): void {
  for (const [name, values] of state) {
    const stored = tensors.get(name);
    if (stored?.length !== values.length) throw new RangeError(`Cannot resume in ${folder}: ${name} does not fit`);
    values.set(stored);
  }
}

const metaName = /^checkpoint-(\d{8})\.json$/;

function nameOf(step: number): string {
  return `checkpoint-${String(step).padStart(8, "0")}`;
}

/**
 * Writes a checkpoint as `checkpoint-<step>.bin` (32-bit floats, little-endian, in the order of the meta file) and
 * `checkpoint-<step>.json`, and then deletes older ones; a kill at any moment leaves a complete one.
 */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const name = nameOf(checkpoint.step);
  const arrays = [...checkpoint.tensors.values()];
  const bytes = Buffer.concat(arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)));
  await writeFileAtomic(join(folder, `${name}.bin`), bytes);
  await writeJson(join(folder, `${name}.json`), {
    step: checkpoint.step,
    setup: checkpoint.setup,
    sha256: hashBytes(bytes),
    tensors: [...checkpoint.tensors].map(([tensor, { length }]) => ({ name: tensor, length })),
    history: checkpoint.history,
  });
  for (const file of await readdir(folder)) {
    const step = /^checkpoint-(\d{8})\.(json|bin)$/.exec(file)?.[1];
    if (step !== undefined && Number(step) < checkpoint.step) await rm(join(folder, file), { force: true });
  }
}

interface Meta {
  readonly step: number;
  readonly setup: Json;
  readonly sha256: string;
  readonly tensors: readonly { readonly name: string; readonly length: number }[];
  readonly history: Json;
}

/**
 * The newest checkpoint of a folder, or undefined; throws a RangeError that names the first field in which `setup` differs from
 * the checkpoint's, and an Error when the folder or the weights cannot be read or are not those that were written.
 */
export async function readCheckpoint(folder: string, setup: Json): Promise<Checkpoint | undefined> {
  // A folder that cannot be read is not taken for an empty one: the run would start again and overwrite what is there.
  const files = await namesIn(folder).catch(refused(folder));
  const newest = files.filter((file) => metaName.test(file)).at(-1);
  if (newest === undefined) return undefined;
  const meta = (await readJson(join(folder, newest))) as unknown as Meta;
  const difference = firstDifference(setup, meta.setup, "");
  if (difference) throw new RangeError(`Cannot resume from ${join(folder, newest)}: ${difference}`);
  const path = join(folder, `${nameOf(meta.step)}.bin`);
  const bytes = await readFile(path).catch(refused(path));
  if (hashBytes(bytes) !== meta.sha256)
    throw new Error(`Cannot resume from ${path}: its content is not what was written`);
  const tensors = new Map<string, Float32Array>();
  let offset = 0;
  for (const { name, length } of meta.tensors) {
    tensors.set(
      name,
      new Float32Array(bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + offset + 4 * length)),
    );
    offset += 4 * length;
  }
  return { step: meta.step, tensors, setup: meta.setup, history: meta.history };
}

function refused(path: string): (error: unknown) => never {
  return (error) => {
    throw new Error(`Cannot resume from ${path}: ${messageOf(error)}`, { cause: error });
  };
}

/** Where two JSON values first differ, in words, or undefined. */
function firstDifference(now: Json | undefined, then: Json | undefined, path: string): string | undefined {
  if (isRecord(now) && isRecord(then)) {
    for (const key of new Set([...Object.keys(now), ...Object.keys(then)])) {
      const found = firstDifference(now[key], then[key], path ? `${path}.${key}` : key);
      if (found) return found;
    }
    return undefined;
  }
  const text = (value: Json | undefined) => (value === undefined ? "absent" : canonicalJson(value));
  return text(now) === text(then) ? undefined : `${path} is ${text(now)} now and was ${text(then)}`;
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
