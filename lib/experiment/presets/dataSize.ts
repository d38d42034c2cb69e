/** How many users, items and pairs a training set has. */
export interface DataSize {
  /** Whose size it is: "MIND". */
  readonly name: string;
  readonly users: number;
  readonly items: number;
  readonly pairs: number;
}
