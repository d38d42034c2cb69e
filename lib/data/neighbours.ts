/** Each user's `k` most similar users, nearest first; never the user. */
export interface Neighbours {
  readonly k: number;
  /** [U * k] user indices; -1 fills rows of users with fewer. */
  readonly users: Int32Array;
  /** [U * k] similarities, higher is nearer. */
  readonly scores: Float32Array;
}

/** The neighbours of one user, nearest first. */
export function neighboursOf(neighbours: Neighbours, user: number): readonly number[] {
  const { k, users } = neighbours;
  if (!(user >= 0 && (user + 1) * k <= users.length)) {
    throw new RangeError(`Cannot read the neighbours of user ${user}: there are ${users.length / k} users`);
  }
  return Array.from(users.subarray(user * k, (user + 1) * k)).filter((other) => other >= 0);
}
