import type { Neighbours } from "../neighbours";
import { clonePath, type RecLmName } from "./clone";
import { contentError, readDict, wholeNumber, wholeNumbers } from "./mappings";

/**
 * The similar users released with a data set (self_instruction_dict.pkl), nearest first. Users who list themselves (213 of Netflix'
 * 16,835) lose that entry. The file has no similarities: scores are NaN.
 *
 * Throws a SyntaxError that names file and user for a user that is not among `userCount`.
 */
export async function readReleasedNeighbours(root: string, name: RecLmName, userCount: number): Promise<Neighbours> {
  const file = clonePath(root, name, "similarUsers");
  const lists = Array.from(await readDict(file), ([key, value]) => {
    const user = wholeNumber(file, "key", key);
    const others = wholeNumbers(file, `user ${user}`, value);
    const beyond = [user, ...others].find((one) => one >= userCount);
    if (beyond !== undefined) throw contentError(file, `user ${user}`, `there is no user ${beyond}`);
    return { user, others: [...new Set(others)].filter((other) => other !== user) };
  });
  const k = lists.reduce((most, { others }) => Math.max(most, others.length), 1);
  const users = new Int32Array(userCount * k).fill(-1);
  for (const { user, others } of lists) users.set(others, user * k);
  return { k, users, scores: new Float32Array(userCount * k).fill(NaN) };
}
