import { randomUUID } from "node:crypto";
import { secondsLeft, type Progress, type ProgressState } from "../core";
import { htmlText } from "./html";
import { insideKernel, sendBundle } from "./kernel";

/** Before each line that a progress bar prints for the notebook runner. */
export const progressMark = "@progress ";
const millisecondsBetween = 400;

/**
 * A progress bar under the cell: pass it as `progress` of any long job (`cellControl` does), and it redraws itself about twice a
 * second.
 *
 * Under the runner (environment RECLM_PROGRESS=lines) it prints one JSON line an update instead, which the runner takes
 * out of the stored output.
 *
 * @example const adapter = await tune(model, examples, { progress: progressBar() });
 */
export function progressBar(now: () => number = Date.now): Progress {
  const id = randomUUID();
  let last: ProgressState | undefined;
  let started = now();
  let from = 0;
  let drawn = Number.NEGATIVE_INFINITY;
  let exists = false;
  return (told) => {
    const time = now();
    // A count that falls is another one of the same label: cold items after the warm ones.
    if (told.label !== last?.label || told.done < last.done) {
      started = time;
      from = told.done;
      drawn = Number.NEGATIVE_INFINITY;
    }
    last = told;
    if (time - drawn < millisecondsBetween && told.done < told.total) return;
    drawn = time;
    const state = withMemory(told);
    const seconds = (time - started) / 1000;
    if (process.env["RECLM_PROGRESS"] === "lines") {
      process.stdout.write(`${progressMark}${JSON.stringify({ ...state, seconds, from })}\n`);
    }
    const text = progressText(state, seconds, from);
    if (insideKernel()) {
      sendBundle({ "text/html": barHtml(state, text), "text/plain": text }, id, exists);
      exists = true;
    } else if (process.env["RECLM_PROGRESS"] !== "lines") process.stdout.write(`${text}\n`);
  };
}

/** Memory is read here, in the process that works: who shows the line may be another. */
function withMemory(state: ProgressState): ProgressState {
  return { ...state, values: { ...state.values, "RSS MB": process.memoryUsage.rss() / 1e6 } };
}

/** "tuning 12/60 steps · loss 1.23 · 340 tok/s · RSS 2140 MB · 0:41, about 2:43 left"; `from` were done before the seconds began. */
export function progressText(state: ProgressState, seconds: number, from = 0): string {
  const values = Object.entries(state.values ?? {}).map(([name, value]) => valueText(name, value));
  const left = secondsLeft(state, seconds, from);
  const finished = state.done >= state.total;
  const time = finished || left === undefined ? clock(seconds) : `${clock(seconds)}, about ${clock(left)} left`;
  return [`${state.label} ${state.done}/${state.total} ${state.unit}`, ...values, time].join(" · ");
}

function valueText(name: string, value: number | null): string {
  const text = numberText(value);
  return /\/s$/.test(name)
    ? `${text} ${name}`
    : /MB$/.test(name)
      ? `${name.replace(/,? ?MB$/, "")} ${text} MB`
      : `${name} ${text}`;
}

/** A loss may be NaN, which the runner's JSON makes null: the job then says itself what is wrong, or goes on. */
function numberText(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "—";
  return Number.isInteger(value) || Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

function barHtml(state: ProgressState, text: string): string {
  const share = state.total > 0 ? Math.min(1, state.done / state.total) : 1;
  const track =
    "display:inline-block;width:180px;height:9px;border-radius:5px;background:rgba(127,127,127,0.28);margin-right:10px";
  const fill = `display:block;width:${(100 * share).toFixed(1)}%;height:9px;border-radius:5px;background:#1A7FBF`;
  const words = `<span style="font-variant-numeric:tabular-nums">${htmlText(text)}</span>`;
  return `<div><span style="${track}"><span style="${fill}"></span></span>${words}</div>`;
}
