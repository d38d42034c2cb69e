import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError, messageOf, MissingInputError, type JobControl } from "../../core";

/** How much of the machine reading raw files may take. */
export interface RawResources {
  /** Megabytes of DuckDB's own memory; what does not fit goes to files. @default 1024 */
  readonly memoryMb?: number;
  /** @default 2 */
  readonly threads?: number;
  /** Where a folder for DuckDB's files is made, and removed at the end. Default: the system's temporary folder. */
  readonly workFolder?: string;
}

/** One row of a result, by column. */
export type RawRow = readonly unknown[];

/** A database that lives as long as one reading of raw files. */
export interface RawDatabase {
  /** Runs a statement; `label` stands in progress. */
  run(label: string, sql: string): Promise<void>;
  /** Calls `visit` with each row of a query, in its order. */
  visit(label: string, sql: string, visit: (row: RawRow) => void): Promise<void>;
}

/**
 * A DuckDB database on disk for the time of `use`, so that tables larger than memory are possible; its folder is removed
 * whatever happens. An aborted signal interrupts the running statement and is thrown.
 */
export async function withRawDatabase<T>(
  { memoryMb = 1024, threads = 2, workFolder = tmpdir() }: RawResources,
  control: JobControl,
  use: (database: RawDatabase) => Promise<T>,
): Promise<T> {
  const { signal } = control;
  signal?.throwIfAborted();
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const folder = await mkdtemp(join(workFolder, "reclm-raw-"));
  try {
    const instance = await DuckDBInstance.create(join(folder, "raw.duckdb"), {
      memory_limit: `${memoryMb}MB`,
      threads: String(threads),
      temp_directory: join(folder, "spill"),
    });
    const connection = await instance.connect();
    const interrupt = (): void => connection.interrupt();
    signal?.addEventListener("abort", interrupt);
    try {
      return await use(databaseOf(connection, control));
    } finally {
      signal?.removeEventListener("abort", interrupt);
      connection.closeSync();
      instance.closeSync();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The part of a DuckDB connection that is used here. */
interface Connection {
  readonly progress: { readonly percentage: number };
  run(sql: string): Promise<unknown>;
  stream(sql: string): Promise<{ fetchChunk(): Promise<Chunk | null> }>;
}

interface Chunk {
  readonly rowCount: number;
  readonly columnCount: number;
  getColumnValues(column: number): readonly unknown[];
}

const millisecondsBetweenReports = 500;

function databaseOf(connection: Connection, { progress, signal }: JobControl): RawDatabase {
  const watched = async <T>(label: string, job: () => Promise<T>): Promise<T> => {
    signal?.throwIfAborted();
    const report = (): void => {
      const percent = Math.max(0, Math.min(100, Math.round(connection.progress.percentage)));
      progress?.({ label, done: percent, total: 100, unit: "%" });
    };
    const timer = progress ? setInterval(report, millisecondsBetweenReports) : undefined;
    try {
      const result = await job();
      progress?.({ label, done: 100, total: 100, unit: "%" });
      return result;
    } finally {
      clearInterval(timer);
    }
  };
  return {
    run: (label, sql) => watched(label, async () => void (await connection.run(sql))),
    visit: (label, sql, visit) => watched(label, () => visitRows(connection, sql, visit)),
  };
}

async function visitRows(connection: Connection, sql: string, visit: (row: RawRow) => void): Promise<void> {
  const result = await connection.stream(sql);
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const columns = Array.from({ length: chunk.columnCount }, (_, column) => chunk!.getColumnValues(column));
    for (let row = 0; row < chunk.rowCount; row++) visit(columns.map((values) => values[row]));
  }
}

/** A file that must be there, as an SQL text; characters that DuckDB takes for patterns stand for themselves. */
export async function fileLiteral(file: string): Promise<string> {
  const found = await stat(file).then(
    (about) => about.isFile(),
    () => false,
  );
  if (!found) throw new MissingInputError(`the file ${file}`, "give the path of the raw file");
  return textLiteral(file.replace(/[[*?]/g, (character) => `[${character}]`));
}

/** A text as SQL. */
export function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The error of a delimited file that DuckDB could not divide or convert, with its file and line. */
export function delimitedError(file: string, error: unknown): unknown {
  const text = messageOf(error);
  const line = /CSV Error on Line: (\d+)/.exec(text)?.[1];
  if (line === undefined) return error;
  const column = /column "([^"]+)"/i.exec(text)?.[1] ?? "row";
  const [, reason] = /CSV Error on Line: \d+\n(?:Original Line:.*\n)?(.*)/.exec(text) ?? [];
  const named = /^\s*file\s*=\s*(.*)$/m.exec(text)?.[1] ?? file;
  return new InputError(named.trim(), Number(line), column, (reason ?? text).trim());
}
