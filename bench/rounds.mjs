import { loadavg } from "node:os";

/**
 * Rounds in which two sides do the same work one after the other; who begins changes every round. The first `warmUp` are dropped.
 *
 * `task(round)` makes the work; `each(left, right, round)` may refuse a round by throwing.
 */
export async function alternate({ rounds, warmUp }, left, right, task, each) {
  const kept = [];
  for (let round = 0; round < warmUp + rounds; round++) {
    const work = task(round);
    const load = loadavg()[0];
    const first = round % 2 === 0 ? left : right;
    const second = first === left ? right : left;
    const results = new Map([[first, await first.ask(work)]]);
    results.set(second, await second.ask(work));
    const pair = { left: results.get(left), right: results.get(right), load };
    each(pair.left, pair.right, round);
    if (round >= warmUp) kept.push(pair);
  }
  return kept;
}
