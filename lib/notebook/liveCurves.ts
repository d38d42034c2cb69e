import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Progress } from "../core";
import type { Figure } from "../figures";
import { insideKernel, sendBundle, type MimeBundle } from "./kernel";
import { show } from "./show";

/** Numbers of one update, with `step`, the units done. */
export type LiveValues = Readonly<Record<string, number>>;

/** What is drawn while a job runs, and where its progress goes besides. */
export interface LiveCurves {
  /** Draws the values of all updates so far. */
  readonly draw: (values: readonly LiveValues[]) => Figure;
  /** Gets every update first: the progress bar. */
  readonly inner: Progress;
}

const millisecondsBetween = 1000;

/**
 * A progress that redraws one figure under the cell as a job's numbers come in, about once a second at most; a job of
 * another label, or one that begins again, gets a figure of its own.
 *
 * Make it in the cell that runs the job. Drawing goes on beside the job and never stops it: the last picture may come
 * a moment after the cell's end. Outside a notebook, and under the runner (RECLM_PROGRESS=lines), nothing is drawn.
 *
 * @example const progress = liveCurves({ inner: progressBar(), draw: (values) => lossCurve({ runs: [runOf(values)] }) });
 */
export function liveCurves({ draw, inner }: LiveCurves): Progress {
  const drawing = new Drawing(draw);
  return (state) => {
    inner(state);
    if (state.values === undefined || !insideKernel() || process.env["RECLM_PROGRESS"] === "lines") return;
    drawing.add(state.label, { ...state.values, step: state.done });
  };
}

/** One figure under the cell. */
interface Display {
  readonly id: string;
  readonly label: string;
  readonly values: readonly LiveValues[];
}

/** The figures of one progress; at most one is being drawn, and the newest numbers of each are drawn in the end. */
class Drawing {
  #current: Display | undefined;
  /** What is not drawn yet, by display, in the order of their jobs. */
  readonly #behind = new Map<string, Display>();
  #busy = false;
  #failed = false;

  constructor(readonly draw: LiveCurves["draw"]) {}

  add(label: string, values: LiveValues): void {
    const last = this.#current?.values.at(-1)?.["step"];
    const same = this.#current?.label === label && last !== undefined && values["step"]! >= last;
    if (same && values["step"] === last) return;
    const { id, values: before } = same ? this.#current! : this.#open(label);
    this.#current = { id, label, values: [...before, values] };
    this.#behind.set(id, this.#current);
    if (!this.#busy) void this.#follow();
  }

  /** Takes a place under the running cell at once: by the time of the first picture, another cell may be running. */
  #open(label: string): Display {
    const display = { id: randomUUID(), label, values: [] };
    this.#send({ "text/plain": `Curves of ${label}` }, display, false);
    return display;
  }

  async #follow(): Promise<void> {
    this.#busy = true;
    for (const [id, display] of this.#behind) {
      this.#behind.delete(id);
      await this.#show(display);
      await pause(millisecondsBetween);
    }
    this.#busy = false;
  }

  async #show(display: Display): Promise<void> {
    try {
      this.#send(await show.bundleOf(this.draw(display.values)), display, true);
    } catch (error) {
      this.#complain(display, error);
    }
  }

  #send(bundle: MimeBundle, display: Display, update: boolean): void {
    try {
      sendBundle(bundle, display.id, update);
    } catch (error) {
      this.#complain(display, error);
    }
  }

  /** Says once that pictures are missing; the job matters more. */
  #complain({ label }: Display, error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`Cannot draw the curves of ${label}: ${reason}\n`);
  }
}
