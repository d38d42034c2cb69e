import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { checksumsOf, verifyChecksums, type Checksums } from "./checksums";
import { MissingInputError } from "./errors";
import { messageOf, namesIn, readJson, writeJson } from "./files";
import { replaceFolder } from "./folders";
import { hashJson, type Json } from "./hash";
import { takeLock } from "./lock";
import { lockHolderBelow } from "./processMark";

/** How a stage's result is kept in a folder of its own; `Made` is what was computed, `T` what readers get. */
export interface StageCodec<T, Made = T> {
  save(folder: string, value: Made): Promise<void>;
  load(folder: string): Promise<T>;
}

/** What names a stage's result: the same key, the same result. */
export interface StageKey {
  /** Letters, digits and hyphens: "neighbours". */
  readonly name: string;
  /** Raised by hand whenever the stage's code changes what it makes. */
  readonly version: number;
  /** Configuration, seeds and the hashes of upstream stages. */
  readonly inputs: Json;
}

/** A stage's result with the hash that downstream stages name it by. */
export interface StageResult<T> {
  readonly value: T;
  readonly hash: string;
  readonly folder: string;
  /** True when it was read, not computed. */
  readonly reused: boolean;
}

/** Whether a folder holds a stage's whole result: its record is written last. */
export function isFinished(folder: string): boolean {
  return existsSync(join(folder, "stage.json"));
}

/** Results of finished stages, one folder each, found again by the hash of what made them. */
export class StageStore {
  /** @param patience milliseconds that are waited for another process that computes the wanted stage, before an error names it */
  constructor(
    readonly root: string,
    private readonly patience = 10_000,
  ) {}

  /** 16 hex digits of the key's SHA-256. */
  hashOf(key: StageKey): string {
    return hashJson({ name: key.name, version: key.version, inputs: key.inputs }).slice(0, 16);
  }

  /** The folder of a key's result, and of work in progress that survives a kill (checkpoints). */
  folderOf(key: StageKey): string {
    return join(this.root, key.name, this.hashOf(key));
  }

  /** A folder for partial work of this key (checkpoints, part results); deleted when the stage is finished. */
  async workFolderOf(key: StageKey): Promise<string> {
    const folder = this.workOf(key);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  private workOf(key: StageKey): string {
    return `${this.folderOf(key)}.work`;
  }

  async has(key: StageKey): Promise<boolean> {
    return isFinished(this.folderOf(key));
  }

  /** Reads a finished stage; throws a MissingInputError with the remedy given when it is not there. */
  async read<T>(key: StageKey, codec: Pick<StageCodec<T>, "load">, remedy: string): Promise<StageResult<T>> {
    if (!(await this.has(key))) throw new MissingInputError(`the result of stage "${key.name}"`, remedy);
    return this.load(key, codec, true);
  }

  /**
   * The stage's result: read when it is there, else computed, saved and then read back as any later run would.
   *
   * A result whose files are gone or changed throws an Error that names the file and the folder to delete; a stage that another
   * process computes, one that names the process and the folder of its work.
   */
  async run<T, Made = T>(
    key: StageKey,
    codec: StageCodec<T, Made>,
    compute: (work: string) => Promise<Made>,
  ): Promise<StageResult<T>> {
    if (await this.has(key)) return this.reuse(key, codec);
    const unlock = await this.lock(key);
    try {
      // Who held the lock may have finished the stage.
      if (await this.has(key)) return await this.reuse(key, codec);
      await this.make(key, codec, compute);
    } finally {
      await unlock();
    }
    return this.load(key, codec, false);
  }

  private async lock(key: StageKey): Promise<() => Promise<void>> {
    const lock = await takeLock(this.folderOf(key), this.patience);
    if ("unlock" in lock) return lock.unlock;
    throw new Error(
      `Cannot compute stage "${key.name}": process ${lock.holder} is at it in ${this.workOf(key)}; wait for it, or end it and run again to go on`,
    );
  }

  /** A run that was killed once its result was in place has left its work. */
  private async reuse<T>(key: StageKey, codec: Pick<StageCodec<T>, "load">): Promise<StageResult<T>> {
    await rm(this.workOf(key), { recursive: true, force: true });
    return this.load(key, codec, true);
  }

  private async make<T, Made>(
    key: StageKey,
    codec: StageCodec<T, Made>,
    compute: (work: string) => Promise<Made>,
  ): Promise<void> {
    const work = await this.workFolderOf(key);
    const started = Date.now();
    const value = await compute(work);
    await replaceFolder(this.folderOf(key), async (partial) => {
      await codec.save(partial, value);
      await writeJson(join(partial, "stage.json"), {
        name: key.name,
        version: key.version,
        inputs: key.inputs,
        seconds: (Date.now() - started) / 1000,
        files: await checksumsOf(partial),
      });
    });
    await rm(work, { recursive: true, force: true });
  }

  private async load<T>(key: StageKey, codec: Pick<StageCodec<T>, "load">, reused: boolean): Promise<StageResult<T>> {
    const folder = this.folderOf(key);
    try {
      // A damaged file need not fail to parse: a flipped byte in an Arrow footer makes its reader run for ever.
      const { files } = (await this.recordOf(key)) as { readonly files?: Checksums };
      await verifyChecksums(folder, files ?? {});
      return { value: await codec.load(folder), hash: this.hashOf(key), folder, reused };
    } catch (error) {
      if (error instanceof MissingInputError) throw error;
      const remedy = `delete ${folder} to compute it again`;
      throw new Error(`Cannot read the result of stage "${key.name}": ${messageOf(error)}; ${remedy}`, {
        cause: error,
      });
    }
  }

  /** What a finished stage recorded of itself. */
  async recordOf(key: StageKey): Promise<Json> {
    return readJson(join(this.folderOf(key), "stage.json"));
  }

  /** Deletes every result, for a fresh run; throws an Error that names the process while one computes a stage. */
  async clear(): Promise<void> {
    const holder = await lockHolderBelow(this.root);
    if (holder !== undefined) {
      throw new Error(
        `Cannot delete ${this.root}: process ${holder} computes a stage in it; wait for it, or end it and run again`,
      );
    }
    await rm(this.root, { recursive: true, force: true });
  }

  /** Names of stages that have results. */
  async names(): Promise<readonly string[]> {
    return namesIn(this.root);
  }
}

/** Keeps any JSON value as `value.json`. */
export function jsonCodec<T extends Json>(): StageCodec<T> {
  return {
    save: (folder, value) => writeJson(join(folder, "value.json"), value),
    load: async (folder) => (await readJson(join(folder, "value.json"))) as T,
  };
}
