/** How many users, items and pairs a training set has. */
export interface DataSize {
  /** Whose size it is: "MIND". */
  readonly name: string;
  readonly users: number;
  readonly items: number;
  readonly pairs: number;
}

/** Whether so many pairs can give every user and every item one and still follow a long tail. */
export function canHold({ users, items, pairs }: Omit<DataSize, "name">): boolean {
  return pairs >= users + items && pairs <= (users * items) / 2;
}
