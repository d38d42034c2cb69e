import { gatherRows, type Matrix } from "../core";
import type { Augment, BuildContext } from "./definition";
import { FusionApplication } from "./fusion";
import { type Tensor } from "./kernels";
import { type Linear, linearOf } from "./linear";
import { type Mlp, MlpApplication, mlpOf } from "./mlp";
import type { Parameter } from "./parameters";
import { UnitRows } from "./unitRows";

/** Networks that users and items share when profiles are fused. */
interface ProfileNetworks {
  readonly profile: Mlp;
  readonly concat: Linear;
}

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
}

/**
 * User and item vectors before any graph: IDs and unit text projections (Base), or each fused with its profile (Eq. 2).
 *
 * As the authors' Model.py: the profile projection and the fusion layer are shared by users and items; the user's
 * projected profile is normalised, the item's is not.
 */
export function sidesOf(context: BuildContext, augment: Augment, drawUser: () => number): Sides {
  const { set, features, parameters, width } = context;
  const order = itemOrder(set.itemCount, set.warmItems);
  const rowOfItem = new Int32Array(set.itemCount);
  order.forEach((item, row) => (rowOfItem[item] = row));
  const embedding = parameters.create("user", set.userCount, width, drawUser);
  const text = mlpOf(context, "text", features.itemText.cols);
  const networks = augment.user || augment.item ? profileNetworks(context, augment) : undefined;
  const texts = new MlpApplication(
    context,
    text,
    gatherRows(sized(features.itemText, set.itemCount, "item text"), order),
  );
  const user =
    networks && augment.user
      ? new FusedUsers(context, embedding, networks, profilesOf(features.userProfiles, set.userCount, "user profiles"))
      : plainUsers(embedding);
  const item =
    networks && augment.item
      ? new FusedItems(
          context,
          texts,
          networks,
          gatherRows(profilesOf(features.itemProfiles, set.itemCount, "item profiles"), order),
        )
      : new TextItems(context, texts);
  return { user, item, rowOfItem };
}

function profileNetworks(context: BuildContext, augment: Augment): ProfileNetworks {
  const { features, width } = context;
  const profiles = augment.user ? features.userProfiles : features.itemProfiles;
  if (!profiles) throw new RangeError("Cannot fuse profiles: the features hold none");
  if (augment.user && augment.item && features.itemProfiles && features.itemProfiles.cols !== profiles.cols) {
    throw new RangeError(
      `Cannot fuse profiles: user profiles have ${profiles.cols} numbers, item profiles ${features.itemProfiles.cols}`,
    );
  }
  return { profile: mlpOf(context, "profile", profiles.cols), concat: linearOf(context, "concat", 2 * width, width) };
}

function profilesOf(profiles: Matrix | undefined, rows: number, what: string): Matrix {
  if (!profiles) throw new RangeError(`Cannot fuse ${what}: the features hold none`);
  return sized(profiles, rows, what);
}

function sized(matrix: Matrix, rows: number, what: string): Matrix {
  if (matrix.rows !== rows) throw new RangeError(`Cannot use ${what}: ${matrix.rows} rows stand for ${rows}`);
  return matrix;
}

/** Trained items first, so that a training step may leave out the others; both parts ascending. */
function itemOrder(itemCount: number, warmItems: Int32Array): Int32Array {
  const order = new Int32Array(itemCount);
  const warm = new Uint8Array(itemCount);
  for (const item of warmItems) {
    if (!(item >= 0 && item < itemCount)) throw new RangeError(`Cannot train item ${item}: there are ${itemCount}`);
    warm[item] = 1;
  }
  order.set(warmItems);
  let next = warmItems.length;
  for (let item = 0; item < itemCount; item++) if (!warm[item]) order[next++] = item;
  if (next !== itemCount) throw new RangeError("Cannot order items: a training item is named twice");
  return order;
}

function plainUsers(embedding: Parameter): Side {
  return { output: embedding.value, gradient: embedding.gradient, forward: () => {}, backward: () => {} };
}

class FusedUsers implements Side {
  readonly gradient: Tensor;
  readonly #profiles: MlpApplication;
  readonly #unit: UnitRows;
  readonly #fusion: FusionApplication;
  readonly #dProfile: Tensor;

  constructor(
    context: BuildContext,
    readonly embedding: Parameter,
    networks: ProfileNetworks,
    profiles: Matrix,
  ) {
    const { kernels, width } = context;
    this.#profiles = new MlpApplication(context, networks.profile, profiles);
    this.#unit = new UnitRows(kernels, this.#profiles.output);
    this.#fusion = new FusionApplication(kernels, networks.concat, embedding.value, this.#unit.output);
    this.gradient = kernels.tensor(profiles.rows, width);
    this.#dProfile = kernels.tensor(profiles.rows, width);
  }

  get output(): Tensor {
    return this.#fusion.output;
  }

  forward(rows: number): void {
    this.#profiles.forward(rows);
    this.#unit.forward(rows);
    this.#fusion.forward(rows);
  }

  backward(rows: number): void {
    this.#fusion.backward(this.gradient, this.embedding.gradient, this.#dProfile, rows);
    this.#unit.backward(this.#dProfile, rows);
    this.#profiles.backward(this.#dProfile, rows);
    this.gradient.data.fill(0);
  }
}

class TextItems implements Side {
  readonly gradient: Tensor;
  readonly #unit: UnitRows;

  constructor(
    { kernels, width }: BuildContext,
    readonly texts: MlpApplication,
  ) {
    this.#unit = new UnitRows(kernels, texts.output);
    this.gradient = kernels.tensor(texts.output.rows, width);
  }

  get output(): Tensor {
    return this.#unit.output;
  }

  forward(rows: number): void {
    this.texts.forward(rows);
    this.#unit.forward(rows);
  }

  backward(rows: number): void {
    this.#unit.backward(this.gradient, rows);
    this.texts.backward(this.gradient, rows);
    this.gradient.data.fill(0);
  }
}

class FusedItems implements Side {
  readonly gradient: Tensor;
  readonly #profiles: MlpApplication;
  readonly #fusion: FusionApplication;
  readonly #unit: UnitRows;
  readonly #dText: Tensor;
  readonly #dProfile: Tensor;

  constructor(
    context: BuildContext,
    readonly texts: MlpApplication,
    networks: ProfileNetworks,
    profiles: Matrix,
  ) {
    const { kernels, width } = context;
    this.#profiles = new MlpApplication(context, networks.profile, profiles);
    this.#fusion = new FusionApplication(kernels, networks.concat, texts.output, this.#profiles.output);
    this.#unit = new UnitRows(kernels, this.#fusion.output);
    this.gradient = kernels.tensor(profiles.rows, width);
    this.#dText = kernels.tensor(profiles.rows, width);
    this.#dProfile = kernels.tensor(profiles.rows, width);
  }

  get output(): Tensor {
    return this.#unit.output;
  }

  forward(rows: number): void {
    this.texts.forward(rows);
    this.#profiles.forward(rows);
    this.#fusion.forward(rows);
    this.#unit.forward(rows);
  }

  backward(rows: number): void {
    this.#unit.backward(this.gradient, rows);
    this.#fusion.backward(this.gradient, this.#dText, this.#dProfile, rows);
    this.texts.backward(this.#dText, rows);
    this.#profiles.backward(this.#dProfile, rows);
    this.#dText.data.fill(0);
    this.gradient.data.fill(0);
  }
}
