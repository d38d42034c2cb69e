import { type FileHandle, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { hashJson, InputError, MissingInputError, seedOf, writeFileAtomic } from "../core";
import { removeTail, removeTornLine } from "./tornLine";
import type { Answer, GenerationControl, Generator, ModelIdentity, Sampling } from "./generation";

/** A prompt's question to the ledger: its key, and the seed its answer is drawn with. */
export interface LedgerQuery {
  readonly key: string;
  readonly seed: number;
}

type Entry = readonly [key: string, answer: Answer];

/**
 * Every answer a model gave, in a file that only grows: one JSON line an answer, named by the hash of model, adapters,
 * prompt ids, sampling and seed, and of how prompts share beginnings where that is not the default.
 *
 * A process killed while writing leaves a torn last line, which is no answer and is cut off by whoever adds the next one. Of two
 * lines with one key, which two processes may write, the first counts.
 */
export class AnswerLedger {
  /** The last of the additions, which take turns. */
  #adding: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly path: string,
    /** True: nothing may be generated. */
    readonly replay: boolean,
    private readonly answers: Map<string, Answer>,
    /** Its answers come before this one's. */
    private readonly first: AnswerLedger | undefined,
  ) {}

  /**
   * Opens a ledger, a new one when there is no file. `replay` (always so for a .gz file) only gives back what is in it; what `first`
   * holds is read there and not added here. Throws an InputError for a line that is no answer.
   */
  static async open(
    path: string,
    options: { readonly replay?: boolean; readonly first?: AnswerLedger } = {},
  ): Promise<AnswerLedger> {
    const packed = path.endsWith(".gz");
    const replay = packed || (options.replay ?? false);
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      if (replay) throw new MissingInputError(`the answers ${path}`, "run without replay to generate them");
      return Buffer.alloc(0);
    });
    const content = packed ? gunzipSync(bytes) : bytes;
    const whole = content.lastIndexOf(10) + 1;
    const lines = content.subarray(0, whole).toString("utf8").split("\n").slice(0, -1);
    const answers = new Map<string, Answer>();
    for (const [i, line] of lines.entries()) {
      const [key, answer] = parseLine(path, line, i + 1);
      if (!answers.has(key)) answers.set(key, answer);
    }
    return new AnswerLedger(path, replay, answers, options.first);
  }

  get size(): number {
    return this.answers.size;
  }

  get(key: string): Answer | undefined {
    return this.first?.get(key) ?? this.answers.get(key);
  }

  /** Appends an answer; one that is there already stays. Throws an Error on a full disk: then it is not there. */
  async add(key: string, answer: Answer): Promise<void> {
    await this.append([[key, answer]]);
  }

  /** Appends the answers of another ledger that are not here; gives their number. Throws an Error on a full disk, with some added. */
  addAll(other: AnswerLedger): Promise<number> {
    return this.append([...other.answers]);
  }

  /** Writes a gzipped copy, which opens for replay; in the order of the keys, so that equal ledgers make equal files. */
  async pack(path: string): Promise<void> {
    const lines = [...this.answers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, answer]) => lineOf(key, answer));
    await writeFileAtomic(path, gzipSync(lines.join(""), { level: 9 }));
  }

  private async append(entries: readonly Entry[]): Promise<number> {
    if (this.replay) throw new TypeError(`Cannot add an answer to ${this.path}: it is open for replay`);
    const appended = this.#adding.then(() => this.#appendNew(entries));
    this.#adding = appended.catch(() => undefined);
    return appended;
  }

  async #appendNew(entries: readonly Entry[]): Promise<number> {
    const added = entries.filter(([key]) => this.get(key) === undefined);
    if (added.length === 0) return 0;
    await mkdir(dirname(this.path), { recursive: true });
    // To be read too: what stands at its end may be cut off.
    const file = await open(this.path, "a+");
    try {
      for (let from = 0; from < added.length; from += linesAWrite) {
        const batch = added.slice(from, from + linesAWrite);
        await this.#write(file, Buffer.from(batch.map(([key, answer]) => lineOf(key, answer)).join("")));
        for (const [key, answer] of batch) this.answers.set(key, answer);
      }
    } finally {
      await file.close();
    }
    return added.length;
  }

  /** Lines in one write, which no other process's can come between; one that was cut short is taken back. */
  async #write(file: FileHandle, lines: Buffer): Promise<void> {
    await removeTornLine(file);
    const { bytesWritten } = await file.write(lines);
    if (bytesWritten === lines.length) return;
    const { size } = await file.stat();
    const written = { start: size - bytesWritten, bytes: lines.subarray(0, bytesWritten) };
    // What cannot be taken back now leaves a torn line, which can be before the next answer.
    await removeTail(file, written).catch(() => undefined);
    throw new Error(`Cannot keep answers in ${this.path}: the disk took ${bytesWritten} of ${lines.length} bytes`);
  }
}

/** Answers in one write; a failed one loses so many at most. */
const linesAWrite = 32;

function lineOf(key: string, { finish, ids, text }: Answer): string {
  return `${JSON.stringify({ key, finish, ids: Array.from(ids), text })}\n`;
}

function parseLine(path: string, line: string, number: number): [string, Answer] {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    throw new InputError(path, number, "line", "it is not JSON");
  }
  const { key, finish, ids, text } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof key !== "string") throw new InputError(path, number, "key", "it is not a string");
  if (typeof text !== "string") throw new InputError(path, number, "text", "it is not a string");
  if (finish !== "stop" && finish !== "length") {
    throw new InputError(path, number, "finish", `it is ${JSON.stringify(finish)}`);
  }
  if (!Array.isArray(ids) || !ids.every((id) => Number.isInteger(id))) {
    throw new InputError(path, number, "ids", "they are not integers");
  }
  return [key, { ids: Int32Array.from(ids as readonly number[]), text, finish }];
}

/**
 * Where the answer to a prompt is kept. The seed derives from run seed and ids, so that identical prompts of a run get
 * one answer, whatever their place in a list.
 */
export function ledgerQuery(
  model: ModelIdentity,
  prompt: Int32Array,
  sampling: Sampling,
  runSeed: number,
): LedgerQuery {
  const ids = Array.from(prompt);
  const seed = seedOf(runSeed, "answer", ids.join(" "));
  const { modelHash, adapterHashes, sharing } = model;
  const engine = { modelHash, adapterHashes, ...(sharing ? { sharing } : {}) };
  return { seed, key: hashJson({ ...engine, ids, sampling: { ...sampling }, seed }) };
}

/** Prompts that are generated side by side; a job that is killed does at most so many again. */
const GROUP = 32;

/**
 * Answers in the order of the prompts: those in the ledger are read, the others generated and appended as they arrive,
 * so that a job killed anywhere goes on where it stopped.
 *
 * An answer can depend on those generated beside it, so the different prompts of the list form fixed groups of 32, and a
 * group with an answer missing is generated as a whole: a resumed job ends with the same answers as one that was never
 * killed. What the ledger holds is never replaced. In replay nothing is generated (the model's identity is enough): a
 * MissingInputError names what is missing.
 */
export async function answerAll(
  model: ModelIdentity & Partial<Pick<Generator, "answer">>,
  ledger: AnswerLedger,
  prompts: readonly Int32Array[],
  sampling: Sampling,
  runSeed: number,
  control: GenerationControl = {},
): Promise<readonly Answer[]> {
  const queries = prompts.map((prompt) => ledgerQuery(model, prompt, sampling, runSeed));
  const places = new Map<string, number>();
  queries.forEach(({ key }, i) => {
    if (!places.has(key)) places.set(key, i);
  });
  const unique = [...places.values()];
  const missing = (i: number): boolean => ledger.get(queries[i]!.key) === undefined;
  const answer = ledger.replay ? undefined : model.answer?.bind(model);
  if (unique.some(missing)) {
    if (answer === undefined) throw missingAnswers(ledger, unique.filter(missing), queries);
    let done = unique.filter((i) => !missing(i)).length;
    const keep = async (place: number, given: Answer): Promise<void> => {
      if (!missing(place)) return;
      await ledger.add(queries[place]!.key, given);
      await control.onAnswer?.(place, given);
      done++;
      control.progress?.({ label: "generation", done, total: unique.length, unit: "answers" });
    };
    const { progress: _, ...rest } = control;
    for (let from = 0; from < unique.length; from += GROUP) {
      const group = unique.slice(from, from + GROUP);
      if (!group.some(missing)) continue;
      const seeds = group.map((i) => queries[i]!.seed);
      const asked = group.map((i) => prompts[i]!);
      await answer(asked, sampling, seeds, { ...rest, onAnswer: (g, given) => keep(group[g]!, given) });
    }
  }
  return queries.map(({ key }) => ledger.get(key)!);
}

function missingAnswers(ledger: AnswerLedger, places: readonly number[], queries: readonly LedgerQuery[]): Error {
  const names = places.slice(0, 3).map((i) => `prompt ${i} (${queries[i]!.key.slice(0, 12)})`);
  const more = places.length > 3 ? ` and ${places.length - 3} more` : "";
  return new MissingInputError(`answers in ${ledger.path}`, `${names.join(", ")}${more} must be generated first`);
}
