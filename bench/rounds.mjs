import { loadavg } from "node:os";

/**
 * Rounds in which two sides do the same work one after the other; who begins changes every round. The first `warmUp` are dropped.
 *
 * `task(round)` makes the work; `each(left, right, round)` stops the bench by throwing, and has a round made again with
 * other work by returning false, at most `rounds` times.
 */
export async function alternate({ rounds, warmUp }, left, right, task, each) {
  const kept = [];
  for (let round = 0; kept.length < rounds; round++) {
    if (round === warmUp + 2 * rounds) {
      throw new Error(`Cannot compare: the sides did like amounts of work in only ${kept.length} of ${round} rounds`);
    }
    const work = task(round);
    const load = loadavg()[0];
    const first = round % 2 === 0 ? left : right;
    const second = first === left ? right : left;
    const results = new Map([[first, await first.ask(work)]]);
    results.set(second, await second.ask(work));
    const pair = { left: results.get(left), right: results.get(right), load };
    const isFair = each(pair.left, pair.right, round) !== false;
    if (isFair && round >= warmUp) kept.push(pair);
  }
  return kept;
}
