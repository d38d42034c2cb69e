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

/**
 * Registered after an `await`: a handler from the synchronous part of a tslab cell makes the interrupt kill the kernel, since the
 * cell's own guard resets the process's handler when that part ends.
 */
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
