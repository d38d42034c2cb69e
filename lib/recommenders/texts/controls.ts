import { type Matrix, matrixOf, type Prng, randomInt, rowOf } from "../../core";

export { historyMeanText } from "../../metrics";

/**
 * Profiles dealt to other owners: a random cycle over `rows` (all unless given), so that nobody keeps their own.
 *
 * With it, a gain that needs the words is told from one that needs only more parameters. Deal warm and cold items apart
 * by naming their rows in two calls.
 */
export function shuffledRows(profiles: Matrix, prng: Prng, rows?: ArrayLike<number>): Matrix {
  const places = rows ? Array.from(rows) : Array.from({ length: profiles.rows }, (_, r) => r);
  if (places.length === 1) throw new RangeError("Cannot shuffle one profile: there is nobody to trade with");
  const owners = [...places];
  // Sattolo's algorithm: one cycle through all places.
  for (let i = owners.length - 1; i > 0; i--) {
    const j = randomInt(prng, i);
    [owners[i], owners[j]] = [owners[j]!, owners[i]!];
  }
  const dealt = matrixOf(profiles.rows, profiles.cols, profiles.data.slice());
  places.forEach((place, i) => rowOf(dealt, place).set(rowOf(profiles, owners[i]!)));
  return dealt;
}

/** The mean profile for everybody: what a profile adds when it tells nobody from anybody. */
export function constantRows(profiles: Matrix): Matrix {
  if (profiles.rows === 0) throw new RangeError("Cannot average profiles: there are none");
  const mean = new Float64Array(profiles.cols);
  for (let r = 0; r < profiles.rows; r++) {
    const row = rowOf(profiles, r);
    for (let c = 0; c < row.length; c++) mean[c]! += row[c]! / profiles.rows;
  }
  const constant = matrixOf(profiles.rows, profiles.cols);
  for (let r = 0; r < profiles.rows; r++) rowOf(constant, r).set(mean);
  return constant;
}
