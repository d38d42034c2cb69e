import { columnsOf, type Csr, type Matrix, matrixOf, normalisedRows, rowOf } from "../../core";
import { keepBest, type Scorer } from "../../metrics";
import type { ItemForm, Recipe, Scoring } from "../definition";
import { dotProducts } from "../scoring/dotScorer";
import { itemBiasColumn } from "../losses/squaredLoss";
import { meanOfAlikeUsers, ridgeUser } from "./foldIn";
import { itemVectors } from "./itemVectors";
import { scorerOf } from "../scoring/scoring";
import type { Trained } from "../training/training";

/** An item with its score, or its similarity; higher is better. */
export interface Listed {
  readonly item: number;
  readonly title: string;
  readonly score: number;
}

/** All that recommending needs, and all that is saved. */
export interface RecommenderState {
  readonly name: string;
  readonly recipe?: Recipe;
  readonly epoch: number;
  readonly scoring: Scoring;
  readonly itemForm?: ItemForm;
  /** [U, d] */
  readonly users: Matrix;
  /** [I, d] */
  readonly items: Matrix;
  /** The networks' parameters, without users' and items' own vectors. */
  readonly layers: Readonly<Record<string, Matrix>>;
  /** [U, I] pairs that are not recommended again. */
  readonly seen: Csr;
  /** [U, I] what users are found alike by; `seen` unless given. */
  readonly liked?: Csr;
  /** [I] */
  readonly titles: readonly string[];
}

/** A trained model in use: lists for its users and for new ones, similar items, scores of items that came later. */
export class Recommendations {
  readonly #scorer: Scorer;

  constructor(readonly state: RecommenderState) {
    const { users, items, seen, titles } = state;
    if (titles.length !== items.rows || seen.cols !== items.rows || seen.rows !== users.rows) {
      const given = `${titles.length} titles and ${seen.rows} x ${seen.cols} seen pairs`;
      throw new RangeError(`Cannot recommend: ${given} stand for ${users.rows} users and ${items.rows} items`);
    }
    this.#scorer = scorerOf(state.scoring, state, state.layers);
  }

  /**
   * From a trained model, what its users have seen, the items' titles, and what of the seen they like: all unless given. Throws for
   * a model with a scorer of its own.
   *
   * @example Recommendations.of(trained, split.train, titles).topN(7, 10)
   */
  static of(trained: Trained, seen: Csr, titles: readonly string[], liked?: Csr): Recommendations {
    const { name, recipe, epoch, scoring, itemForm, users, items, parameters } = trained;
    if (!scoring) throw new TypeError(`Cannot recommend with ${name}: it does not say how it scores`);
    const layers = Object.fromEntries(
      Object.entries(parameters).filter(([layer]) => !/(^|\.)(user|item)(Bias)?$/.test(layer)),
    );
    const optional = { ...(recipe ? { recipe } : {}), ...(itemForm ? { itemForm } : {}), ...(liked ? { liked } : {}) };
    return new Recommendations({ name, epoch, scoring, users, items, layers, seen, titles, ...optional });
  }

  /** The `n` best items for a trained user, without those that the user has seen, best first. */
  topN(user: number, n: number): readonly Listed[] {
    const { users, seen } = this.state;
    if (!(user >= 0 && user < users.rows))
      throw new RangeError(`Cannot recommend to user ${user}: there are ${users.rows}`);
    return this.#best(this.#scores(this.#scorer, user), columnsOf(seen, user), n);
  }

  /**
   * The `n` best items for somebody new, given a few items: for inner products by ridge regression on the item vectors,
   * for NCF by the mean of users alike.
   */
  async topNFor(liked: readonly number[], n: number): Promise<readonly Listed[]> {
    const { users, items, seen, liked: histories = seen, scoring, layers } = this.state;
    if (liked.length === 0) throw new RangeError("Cannot recommend to somebody new: no item is given");
    this.#checkItems(liked);
    const own =
      scoring === "dot"
        ? await ridgeUser(items, liked, itemBiasColumn(users))
        : meanOfAlikeUsers(users, histories, liked);
    return this.#best(this.#scores(scorerOf(scoring, { users: own, items }, layers), 0), Int32Array.from(liked), n);
  }

  /** The `n` items whose vectors have the highest cosine with an item's. */
  similarItems(item: number, n: number): readonly Listed[] {
    this.#checkItems([item]);
    const unit = normalisedRows(this.state.items);
    const cosines = dotProducts(matrixOf(1, unit.cols, rowOf(unit, item)), unit);
    return this.#best(cosines.data, Int32Array.of(item), n);
  }

  /**
   * [users, n] scores of items that came after training, from their texts [n, dText] alone; comparable with those of
   * `scoresOf`. A model that fuses item profiles asks for these too.
   */
  scoresOfTexts(users: Int32Array, texts: Matrix, profiles?: Matrix): Matrix {
    const { itemForm, layers, scoring, items } = this.state;
    const fresh = widened(itemVectors(itemForm, layers, texts, profiles), items.cols);
    const everything = Int32Array.from({ length: fresh.rows }, (_, i) => i);
    return scorerOf(scoring, { users: this.state.users, items: fresh }, layers).scores(users, everything);
  }

  /** [users, items] scores. */
  scoresOf(users: Int32Array, items: Int32Array): Matrix {
    this.#checkItems(items);
    return this.#scorer.scores(users, items);
  }

  #scores(scorer: Scorer, user: number): Float32Array {
    const everything = Int32Array.from({ length: this.state.items.rows }, (_, i) => i);
    return scorer.scores(Int32Array.of(user), everything).data;
  }

  #best(scores: Float32Array, hidden: Int32Array, n: number): readonly Listed[] {
    if (!(Number.isInteger(n) && n >= 1))
      throw new RangeError(`Cannot list ${n} items: at least one must be asked for`);
    const skipped = new Uint8Array(scores.length);
    for (const item of hidden) skipped[item] = 1;
    const best = new Int32Array(n).fill(-1);
    keepBest(scores, skipped, undefined, best, new Float32Array(n));
    const listed = (item: number): Listed => ({ item, title: this.state.titles[item]!, score: scores[item]! });
    return Array.from(best.filter((item) => item >= 0), listed); // prettier-ignore
  }

  #checkItems(items: ArrayLike<number>): void {
    const count = this.state.items.rows;
    for (let n = 0; n < items.length; n++) {
      if (!(items[n]! >= 0 && items[n]! < count))
        throw new RangeError(`Cannot use item ${items[n]}: there are ${count}`);
    }
  }
}

/** Zeros up to a width: an item that came later has no bias. */
function widened(matrix: Matrix, cols: number): Matrix {
  if (matrix.cols === cols) return matrix;
  const wide = matrixOf(matrix.rows, cols);
  for (let r = 0; r < matrix.rows; r++) wide.data.set(rowOf(matrix, r), r * cols);
  return wide;
}
