import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { MissingInputError, type ProgressState } from "../core";
import { readNotebook, writeNotebook } from "./notebookFile";

/** What happens while a notebook runs; `cell` counts code cells from 1. */
export type NotebookEvent =
  | { readonly event: "notebook"; readonly path: string; readonly cells: number }
  | { readonly event: "cell"; readonly cell: number; readonly first: string }
  | {
      readonly event: "progress";
      readonly cell: number;
      readonly state: ProgressState & { readonly seconds: number; readonly from: number };
    }
  | { readonly event: "stream"; readonly cell: number; readonly name: "stdout" | "stderr"; readonly text: string }
  | { readonly event: "cellDone"; readonly cell: number; readonly seconds: number }
  | NotebookFailure
  | { readonly event: "done"; readonly ok: boolean; readonly seconds: number; readonly output: string };

/** Why a notebook stopped: cell 0 when the kernel did not start; the line is known for errors that name it. */
export interface NotebookFailure {
  readonly event: "failure";
  readonly path: string;
  readonly cell: number;
  readonly line: number | null;
  readonly kind: "error" | "timeout" | "interrupted" | "kernel";
  readonly error: string;
}

/** A finished or stopped run; the output file holds what was made until then. */
export interface NotebookRun {
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
  readonly failure?: NotebookFailure;
}

/** What to run, and how. */
export interface NotebookJob {
  readonly path: string;
  /** Where the executed notebook goes; may be `path` itself. */
  readonly output: string;
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  readonly kernelName?: string;
  /** A Python with jupyter_client; the clone's `.venv` unless said. */
  readonly python?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Limit of the whole notebook; its own `reclm.minutes` of the preset among the parameters unless said. */
  readonly minutes?: number;
  readonly cellMinutes?: number;
  readonly onEvent?: (event: NotebookEvent) => void;
  /** Interrupts the kernel, then stops. */
  readonly signal?: AbortSignal;
}

/** Runs a notebook in the TypeScript kernel; resolves also when a cell fails, with the failure. */
export async function runNotebook(job: NotebookJob): Promise<NotebookRun> {
  const root = resolve(__dirname, "..", "..", "..");
  const python = job.python ?? join(root, ".venv", "bin", "python");
  if (!existsSync(python)) throw new MissingInputError(python, "run `npm run setup` first");
  const minutes = job.minutes ?? (await minutesOf(job));
  const words = [join(root, "scripts", "runner", "run_notebook.py"), job.path, "--output", job.output];
  words.push("--kernel", job.kernelName ?? "tslab", "--parameters", JSON.stringify(job.parameters ?? {}));
  if (minutes !== undefined) words.push("--total-seconds", String(minutes * 60));
  if (job.cellMinutes !== undefined) words.push("--cell-seconds", String(job.cellMinutes * 60));
  let failure: NotebookFailure | undefined;
  let seconds = 0;
  const ended = await followed(python, words, job, (event) => {
    if (event.event === "failure") failure = event;
    if (event.event === "done") seconds = event.seconds;
    job.onEvent?.(event);
  });
  if (ended.code !== 0 && failure === undefined) {
    throw new Error(`Cannot run ${job.path}: the runner stopped with code ${ended.code}. ${ended.stderr.trim()}`);
  }
  if (existsSync(job.output)) await writeNotebook(job.output, await readNotebook(job.output));
  return { ok: ended.code === 0, output: job.output, seconds, ...(failure ? { failure } : {}) };
}

/** "03_instructions.ipynb, cell 4, line 2: Cannot find name 'x'." */
export function failureText(failure: NotebookFailure): string {
  const place = [
    failure.path,
    failure.cell > 0 ? `cell ${failure.cell}` : "",
    failure.line === null ? "" : `line ${failure.line}`,
  ];
  return `${place.filter(Boolean).join(", ")}: ${failure.error}`;
}

async function minutesOf(job: NotebookJob): Promise<number | undefined> {
  const limits = (await readNotebook(job.path)).reclm["minutes"] as Readonly<Record<string, number>> | undefined;
  const preset = job.parameters?.["preset"];
  return typeof preset === "string" ? limits?.[preset] : undefined;
}

function followed(
  python: string,
  words: readonly string[],
  job: NotebookJob,
  take: (event: NotebookEvent) => void,
): Promise<{ readonly code: number; readonly stderr: string }> {
  return new Promise((settle, reject) => {
    const child = spawn(python, words, { env: { ...process.env, ...job.env }, stdio: ["ignore", "pipe", "pipe"] });
    const interrupt = (): void => void child.kill("SIGINT");
    if (job.signal?.aborted === true) interrupt();
    job.signal?.addEventListener("abort", interrupt, { once: true });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = eventOf(line);
      if (event) take(event);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      job.signal?.removeEventListener("abort", interrupt);
      settle({ code: code ?? 1, stderr });
    });
  });
}

/** Nothing for other output, and for half a line: a runner that was killed while it wrote tells so by its exit code. */
function eventOf(line: string): NotebookEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as NotebookEvent;
  } catch {
    return undefined;
  }
}
