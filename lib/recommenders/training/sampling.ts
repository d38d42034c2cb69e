import { hasEntry, type Prng, randomInt, randomPermutation } from "../../core";
import type { Batch, TrainingSet } from "../definition";

/**
 * The triples of one epoch: every training pair once, in random order, each with `each` negatives drawn uniformly from the
 * training items and redrawn while they are in the user's row.
 */
export function epochTriples(set: TrainingSet, prng: Prng, each = 1): Batch {
  const { train, warmItems } = set;
  const count = train.columns.length;
  const userOf = new Int32Array(count);
  for (let u = 0; u < train.rows; u++) {
    const degree = train.starts[u + 1]! - train.starts[u]!;
    if (degree > 0 && degree >= warmItems.length) {
      throw new RangeError(`Cannot draw a negative for user ${u}: the user has every training item`);
    }
    userOf.fill(u, train.starts[u]!, train.starts[u + 1]!);
  }
  const order = randomPermutation(count, prng);
  const users = new Int32Array(count);
  const positives = new Int32Array(count);
  const negatives = new Int32Array(count * each);
  for (let t = 0; t < count; t++) {
    const pair = order[t]!;
    const user = userOf[pair]!;
    users[t] = user;
    positives[t] = train.columns[pair]!;
    for (let n = 0; n < each; n++) {
      let negative = warmItems[randomInt(prng, warmItems.length)]!;
      while (hasEntry(train, user, negative)) negative = warmItems[randomInt(prng, warmItems.length)]!;
      negatives[t * each + n] = negative;
    }
  }
  return { users, positives, negatives };
}

/** Consecutive batches of at most `size` triples, as views. */
export function* batchesOf(triples: Batch, size: number): Generator<Batch> {
  const each = triples.negatives.length / triples.users.length;
  for (let from = 0; from < triples.users.length; from += size) {
    const to = Math.min(from + size, triples.users.length);
    yield {
      users: triples.users.subarray(from, to),
      positives: triples.positives.subarray(from, to),
      negatives: triples.negatives.subarray(from * each, to * each),
    };
  }
}
