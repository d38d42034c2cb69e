import type { ItemForm } from "./definition";
import type { Tensor } from "./kernels";

/** Where items' own vectors come from: their texts, as in the paper, or trained vectors that cold items do not have. */
export type ItemSource = "text" | "id";

/** Vectors of one side, from parameters and features. */
export interface Side {
  /** [n, d], valid after `forward`. */
  readonly output: Tensor;
  /** [n, d] where the gradient of `output` is gathered before `backward`; zero after it. */
  readonly gradient: Tensor;
  /** Outputs of the first `rows` rows. */
  forward(rows: number): void;
  /** Adds the parameters' gradients. */
  backward(rows: number): void;
}

/** Both sides of a recommender whose items are their texts. */
export interface Sides {
  readonly user: Side;
  readonly item: Side;
  /** [I] the row of each item: trained items first, ascending, then the others. */
  readonly rowOfItem: Int32Array;
  /** How later items' vectors are made; absent where items have vectors of their own. */
  readonly itemForm?: ItemForm;
}
