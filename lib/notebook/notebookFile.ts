import { readFile } from "node:fs/promises";
import { hashBytes, messageOf, writeFileAtomic } from "../core";

/** One cell of a notebook file. */
export interface NotebookCell {
  readonly id: string;
  readonly kind: "markdown" | "code";
  readonly source: string;
  readonly tags: readonly string[];
  /** Null in a cell that has not run, and in markdown. */
  readonly executionCount: number | null;
  /** Outputs as nbformat has them. */
  readonly outputs: readonly NotebookOutput[];
  /** Hash of the source that made the outputs, set by the runner. */
  readonly executedHash?: string;
}

/** One output as nbformat has it: "stream" with text, or "display_data" with a bundle. */
export interface NotebookOutput {
  readonly output_type: string;
  readonly [field: string]: unknown;
}

/** A notebook of the TypeScript kernel. */
export interface Notebook {
  readonly cells: readonly NotebookCell[];
  /** The project's own settings: minutes by preset, title. */
  readonly reclm: Readonly<Record<string, unknown>>;
}

/** A cell to be written: its kind, its text, its tags. */
export interface CellText {
  readonly kind: "markdown" | "code";
  readonly source: string;
  readonly tags?: readonly string[];
}

/** First 16 hex digits of SHA-256 of a cell's source: what ties outputs to code. */
export function sourceHash(source: string): string {
  return hashBytes(source).slice(0, 16);
}

/** A notebook that has not run; ids come from kind, place and text, so the same text gives the same file. */
export function notebookOf(cells: readonly CellText[], reclm: Readonly<Record<string, unknown>> = {}): Notebook {
  return {
    reclm,
    cells: cells.map(({ kind, source, tags = [] }, place) => ({
      id: hashBytes(`${place} ${kind} ${source}`).slice(0, 12),
      kind,
      source,
      tags,
      executionCount: null,
      outputs: [],
    })),
  };
}

/** The canonical text of a notebook file: nbformat 4.5, one source line a JSON line, two blanks of indent. */
export function notebookText(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    cell_type: cell.kind,
    ...(cell.kind === "code" ? { execution_count: cell.executionCount } : {}),
    id: cell.id,
    metadata: {
      ...(cell.executedHash === undefined ? {} : { reclm: { executed: cell.executedHash } }),
      ...(cell.tags.length > 0 ? { tags: cell.tags } : {}),
    },
    ...(cell.kind === "code" ? { outputs: cell.outputs } : {}),
    source: cell.source.split(/(?<=\n)/),
  }));
  const metadata = {
    kernelspec: { display_name: "TypeScript", language: "typescript", name: "tslab" },
    language_info: {
      codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
      file_extension: ".ts",
      mimetype: "text/typescript",
      name: "typescript",
    },
    reclm: notebook.reclm,
  };
  return `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

/** Writes a notebook in its canonical form, atomically. */
export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  await writeFileAtomic(path, notebookText(notebook));
}

/** Reads a notebook file of nbformat 4. */
export async function readNotebook(path: string): Promise<Notebook> {
  const text = await readFile(path, "utf8");
  let file: RawNotebook;
  try {
    file = JSON.parse(text) as RawNotebook;
  } catch (error) {
    throw new SyntaxError(`Cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  if (file.nbformat !== 4 || !Array.isArray(file.cells))
    throw new SyntaxError(`Cannot read ${path}: it is not a notebook of nbformat 4`);
  return { cells: file.cells.map(cellOf), reclm: file.metadata?.reclm ?? {} };
}

interface RawNotebook {
  readonly nbformat?: number;
  readonly cells?: readonly RawCell[];
  readonly metadata?: { readonly reclm?: Readonly<Record<string, unknown>> };
}

interface RawCell {
  readonly cell_type: string;
  readonly id?: string;
  readonly source: string | readonly string[];
  readonly execution_count?: number | null;
  readonly outputs?: readonly NotebookOutput[];
  readonly metadata?: { readonly tags?: readonly string[]; readonly reclm?: { readonly executed?: string } };
}

function cellOf(cell: RawCell, place: number): NotebookCell {
  const source = typeof cell.source === "string" ? cell.source : cell.source.join("");
  const executed = cell.metadata?.reclm?.executed;
  return {
    id: cell.id ?? hashBytes(`${place} ${cell.cell_type} ${source}`).slice(0, 12),
    kind: cell.cell_type === "code" ? "code" : "markdown",
    source,
    tags: cell.metadata?.tags ?? [],
    executionCount: cell.execution_count ?? null,
    outputs: cell.outputs ?? [],
    ...(executed === undefined ? {} : { executedHash: executed }),
  };
}
