/** Rows of one dialogue, or of a beginning that several share, in a packed batch. */
export interface Span {
  readonly start: number;
  readonly length: number;
  /** The span with the rows before it, by number; -1: it begins a dialogue. Parents come before their children. */
  readonly parent: number;
  /** Rows before it: the lengths of its ancestors together. */
  readonly before: number;
}
