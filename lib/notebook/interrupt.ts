import type { JobControl } from "../core";
import { progressBar } from "./progressBar";

let controller = new AbortController();
let listening = false;

/** Why a job was stopped: the reader pressed the stop button. */
export class InterruptedError extends Error {
  constructor() {
    super("Interrupted: the work stopped at its next safe point; run the cell again to continue");
    this.name = "InterruptedError";
  }
}

/**
 * Runs a long job that the notebook's stop button stops.
 *
 * The handler is registered after an `await`: one registered in the synchronous part of a tslab cell makes the interrupt
 * kill the kernel, since the cell's own guard resets the process's handler when that part ends.
 *
 * @example const result = await interruptible((signal) => tune(model, examples, { signal, progress: progressBar() }));
 */
export async function interruptible<T>(job: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = await interruptSignal();
  return job(signal);
}

/**
 * Gives a notebook's cells a progress bar and the stop button: call what it returns in the cell that starts a job. After a stop the
 * next call has a fresh signal, so the cell can be run again.
 *
 * @example const control = await cellControl();
 * await maskStage.run(experiment, control());
 */
export async function cellControl(): Promise<() => Required<JobControl>> {
  await listen();
  return () => ({ progress: progressBar(), signal: freshSignal() });
}

/** A signal that aborts at the next SIGINT. */
export async function interruptSignal(): Promise<AbortSignal> {
  await listen();
  return freshSignal();
}

async function listen(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  if (listening) return;
  listening = true;
  process.on("SIGINT", () => controller.abort(new InterruptedError()));
}

function freshSignal(): AbortSignal {
  if (controller.signal.aborted) controller = new AbortController();
  return controller.signal;
}
