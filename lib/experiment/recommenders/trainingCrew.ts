import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { messageOf, type JobControl } from "../../core";
import type { Experiment, HashedFile } from "../experiment";
import { libraryBuild } from "./libraryBuild";
import type { Preset } from "../presets/preset";

/** Lists of trainings that processes share; trainingWorker.ts knows what is in each. */
export type CrewList = "table-1" | "ablation" | "gated-ablation" | "bases" | "fusions";

/** What a worker process is told first: an experiment and a list of trainings, by value. */
export interface CrewOrder {
  readonly preset: Preset;
  readonly seed: number;
  readonly store: string;
  readonly cache: string;
  readonly model: HashedFile;
  readonly encoder: HashedFile;
  readonly list: CrewList;
  readonly work: string;
  /** The build of the library that the process which gives the order has loaded. */
  readonly build: string;
}

/** What it is told next: the place of a training in the list. */
export interface CrewTask {
  readonly job: number;
}

/** Its answer: undefined for a training that is finished and kept, else why not. */
export interface CrewAnswer {
  readonly failure?: string;
}

/** What is trained side by side. */
export interface CrewWork {
  readonly experiment: Experiment;
  readonly list: CrewList;
  /** The folder of partial work of the list's stage; empty where every training is a stage of its own. */
  readonly work: string;
  /** What each training is, for progress and messages. */
  readonly names: readonly string[];
  /** Places in the list that are not trained yet. */
  readonly open: readonly number[];
}

/** A process of the crew. */
interface Worker {
  readonly child: ChildProcess;
  /** Why it ended, when it did: exit code or signal, and what it said last. */
  readonly ended: Promise<string>;
}

// Enough for a stack trace; TensorFlow's greeting goes before it.
const lastWords = 4096;

/** How many processes train side by side: `RECLM_WORKERS`, else 1; throws a RangeError for anything but 1 to 64. */
export function wishedWorkers(wished: string = process.env["RECLM_WORKERS"] ?? "1"): number {
  const workers = /^\d{1,2}$/.test(wished) ? Number(wished) : 0;
  if (workers >= 1 && workers <= 64) return workers;
  throw new RangeError(`Cannot train in ${wished} processes: it must be a whole number from 1 to 64`);
}

/**
 * Trains what is open in as many processes of one thread each as are wished for, which keep every finished training; resolves when
 * all are there, and at once where one process is wished for: the caller's own.
 */
export async function trainInWorkers(crew: CrewWork, control: JobControl): Promise<void> {
  const wished = wishedWorkers();
  if (wished === 1) return;
  control.signal?.throwIfAborted();
  const { names, list } = crew;
  const open = [...crew.open];
  const workers = Math.min(wished, open.length);
  let done = 0;
  const total = open.length;
  const processes = Array.from({ length: workers }, () => startWorker(crew));
  const stop = (): void => processes.forEach(({ child }) => child.kill());
  control.signal?.addEventListener("abort", stop);
  const work = async (worker: Worker): Promise<void> => {
    for (let job = open.shift(); job !== undefined; job = open.shift()) {
      const label = names[job]!;
      await answerOf(worker, { job }, `Cannot train ${label}`);
      // One label for all, so that the time left is that of all.
      control.progress?.({ label: `${list} in ${workers} processes`, done: ++done, total, unit: "trainings" });
    }
  };
  try {
    await Promise.all(processes.map(work));
  } catch (error) {
    control.signal?.throwIfAborted();
    throw error;
  } finally {
    control.signal?.removeEventListener("abort", stop);
    stop();
  }
}

function startWorker({ experiment, list, work }: CrewWork): Worker {
  const { preset, seed, store, paths, model, encoder } = experiment;
  const env = { ...process.env, RECLM_WORKERS: "1", TF_NUM_INTRAOP_THREADS: "1", OMP_NUM_THREADS: "1" };
  const child = fork(join(__dirname, "..", "trainingWorker.js"), [], {
    env,
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const ended = endOf(child);
  const folders = { store: store.root, cache: paths.cache, work };
  tell(child, { preset, seed, ...folders, model, encoder, list, build: libraryBuild });
  return { child, ended };
}

function endOf(child: ChildProcess): Promise<string> {
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    process.stderr.write(text);
    said = (said + text).slice(-lastWords);
  });
  return new Promise((settle) => {
    // "exit" may come while its last words are still on their way.
    child.once("close", (code, signal) => {
      const how = `its process ended (${String(signal ?? code)}); finished trainings are kept, run again to go on`;
      settle(said.trim() === "" ? how : `${how}. It said last:\n${said.trim()}`);
    });
    child.once("error", (error) => settle(messageOf(error)));
  });
}

/** A process that is gone already says so by its end. */
function tell(child: ChildProcess, message: CrewOrder | CrewTask): void {
  child.send(message, () => undefined);
}

async function answerOf({ child, ended }: Worker, task: CrewTask, what: string): Promise<void> {
  const answer = new Promise<CrewAnswer>((settle) => {
    child.once("message", (message) => settle(message as CrewAnswer));
  });
  tell(child, task);
  const failure = await Promise.race([answer.then((it) => it.failure), ended]);
  if (failure !== undefined) throw new Error(`${what}: ${failure}`);
}
