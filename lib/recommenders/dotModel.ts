import { gatherRows, type Matrix } from "../core";
import type { Batch, BuildContext, Frozen, RecommenderModel } from "./definition";
import { dotScorer } from "./scoring/dotScorer";
import { matrixFrom, type Tensor } from "./kernels";
import type { Vectors } from "./scoring/scoring";
import type { Sides } from "./side";

/** A loss of the batch's triples on user vectors H [U, d] and item vectors Z (rows as the sides order them). */
export interface PairLoss {
  /** The loss; adds the gradients of H and Z. */
  run(batch: Batch, h: Tensor, z: Tensor, dH: Tensor, dZ: Tensor): number;
  /** The vectors as they are scored, where more than their inner product counts. */
  finish?(users: Matrix, items: Matrix): Vectors;
}

/** What turns the sides' vectors into the ones that are scored: nothing, or a graph. */
export interface Encoder {
  readonly users: Tensor;
  readonly items: Tensor;
  /** Where gradients of `users` and `items` are gathered. */
  readonly dUsers: Tensor;
  readonly dItems: Tensor;
  /** The vectors that this batch needs. */
  forward(batch: Batch): void;
  /** Further losses of the vectors; adds their gradients. */
  contrast?(batch: Batch): number;
  /** Adds the gradients of the sides' vectors. */
  backward(): void;
  startEpoch?(): void;
  /** What an item without an edge is multiplied by; 1 unless given. */
  readonly coldShare?: number;
  /** All vectors [U, d] and [I, d], items in the sides' order. */
  freeze(): Vectors;
}

/** The sides' vectors as they are. */
export function plainEncoder({ user, item }: Sides): Encoder {
  return {
    users: user.output,
    items: item.output,
    dUsers: user.gradient,
    dItems: item.gradient,
    forward: () => {},
    backward: () => {},
    freeze: () => ({ users: matrixFrom(user.output), items: matrixFrom(item.output) }),
  };
}

/** What a model of inner products is made of. */
export interface DotParts {
  readonly sides: Sides;
  readonly encoder: Encoder;
  readonly loss: PairLoss;
  /** A penalty on the sides' own vectors of a batch; adds its gradients. */
  readonly penalty?: PairLoss;
}

/** A recommender whose scores are inner products of user and item vectors. */
export function dotModel({ set }: BuildContext, { sides, encoder, loss, penalty }: DotParts): RecommenderModel {
  const { user, item, rowOfItem } = sides;
  const warm = set.warmItems.length;
  return {
    batchLoss(batch) {
      user.forward(set.userCount);
      item.forward(warm);
      encoder.forward(batch);
      let sum = encoder.contrast?.(batch) ?? 0;
      sum += loss.run(batch, encoder.users, encoder.items, encoder.dUsers, encoder.dItems);
      encoder.backward();
      if (penalty) sum += penalty.run(batch, user.output, item.output, user.gradient, item.gradient);
      user.backward(set.userCount);
      item.backward(warm);
      return sum;
    },
    startEpoch: () => encoder.startEpoch?.(),
    freeze() {
      user.forward(set.userCount);
      item.forward(set.itemCount);
      const frozen = encoder.freeze();
      const ordered = { users: frozen.users, items: gatherRows(frozen.items, rowOfItem) };
      const vectors = frozenVectors(loss.finish?.(ordered.users, ordered.items) ?? ordered);
      const form = sides.itemForm;
      return form ? { ...vectors, itemForm: { ...form, share: encoder.coldShare ?? 1 } } : vectors;
    },
  };
}

/** A model frozen as vectors [U, d] and [I, d]. */
export function frozenVectors({ users, items }: Vectors): Frozen {
  return { users, items, scorer: dotScorer(users, items), scoring: "dot" };
}
