/** What a long job says of itself at one moment. */
export interface ProgressState {
  /** What is being done, in a few words: "knowledge distillation". */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Unit of `done` and `total`: "steps", "profiles". */
  readonly unit: string;
  /** Numbers worth showing beside the bar, in display order: loss, tok/s, RSS in MB. */
  readonly values?: Readonly<Record<string, number>>;
}

/** Where a long job reports; called as often as the job likes, throttled by whoever draws. */
export type Progress = (state: ProgressState) => void;

/** What every long job accepts as its last argument. */
export interface JobControl {
  readonly progress?: Progress;
  /** Stops the job cleanly at its next safe point; the job rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Seconds left at the present rate, or undefined before a unit is done; `from` units were done before the seconds began. */
export function secondsLeft(state: ProgressState, secondsSoFar: number, from = 0): number | undefined {
  const done = state.done - from;
  if (done <= 0) return undefined;
  return (secondsSoFar / done) * Math.max(0, state.total - state.done);
}

/** Gives timers, output and interrupts a turn; throws the signal's reason when the job was stopped. */
export async function breathe(signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}

/** The same control, its progress under another label. */
export function labelled(control: JobControl, label: string): JobControl {
  const { progress } = control;
  return progress ? { ...control, progress: (state) => progress({ ...state, label }) } : control;
}
