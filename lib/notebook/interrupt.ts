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

/** A signal that aborts at the next SIGINT; fresh after each interrupt, so a cell can be run again. */
export async function interruptSignal(): Promise<AbortSignal> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  if (!listening) {
    listening = true;
    process.on("SIGINT", () => controller.abort(new InterruptedError()));
  }
  if (controller.signal.aborted) controller = new AbortController();
  return controller.signal;
}
