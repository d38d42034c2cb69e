import { gatherRows, type Matrix } from "../../core";
import type { Augment, BuildContext, TrainingSet } from "../definition";
import { mlpOf } from "../layers/mlp";
import { GatedSide } from "./gate";
import { profileNetworks } from "./profileNetworks";
import type { Fusion } from "../recommender";
import type { ItemSource, Side, Sides } from "../side";
import { FusedSide, plainSide, TextSide, UnitSide } from "./sideParts";

/** How the sides of a recipe start and end. */
export interface SideForm {
  /** Draws the numbers of a trained matrix [rows, cols] of a purpose. */
  readonly draw: (purpose: string, rows: number, cols: number) => () => number;
  readonly items: ItemSource;
  /** Whether item vectors are divided by their lengths. */
  readonly unitItems: boolean;
  /** Before the names of parameters, for models with more than one pair of sides. */
  readonly prefix?: string;
  /** `gated`: profiles enter by gates; those of users whose vectors are propagated come later (`gatedUsers`). */
  readonly fusion?: Fusion;
  readonly propagated?: boolean;
}

/**
 * User and item vectors before any graph: IDs and text projections (Base), or each fused with its profile (Eq. 2).
 *
 * As the authors' Model.py: the profile projection and the fusion layer are shared by users and items; the user's
 * projected profile is normalised, the item's is not.
 */
export function sidesOf(context: BuildContext, augment: Augment, form: SideForm): Sides {
  const { set, features, parameters, width } = context;
  const { prefix = "" } = form;
  const { order, rowOfItem } = itemOrder(set);
  const drawUser = form.draw(`${prefix}user`, set.userCount, width);
  const ids = plainSide(parameters.create(`${prefix}user`, set.userCount, width, drawUser));
  const own = form.items === "text" ? textSide(context, order, prefix) : idSide(context, form);
  if (form.fusion === "gated") return gatedSides(context, augment, form, { ids, own, order, rowOfItem });
  const networks = augment.user || augment.item ? profileNetworks(context, augment, prefix) : undefined;
  const ofItems = (): Matrix => gatherRows(profilesOf(features.itemProfiles, set.itemCount, "item profiles"), order);
  const user = networks && augment.user ? new FusedSide(context, ids, networks, userProfilesOf(context), true) : ids;
  const item = networks && augment.item ? new FusedSide(context, own, networks, ofItems(), false) : own;
  const sides = { user, item: form.unitItems ? new UnitSide(context, item) : item, rowOfItem };
  if (form.items === "id") return sides;
  return { ...sides, itemForm: { prefixes: [prefix], fused: augment.item, unit: form.unitItems, share: 1 } };
}

interface PlainSides {
  readonly ids: Side;
  readonly own: Side;
  readonly order: Int32Array;
  readonly rowOfItem: Int32Array;
}

function gatedSides(context: BuildContext, augment: Augment, form: SideForm, plain: PlainSides): Sides {
  const { features, set } = context;
  const { ids, own, order, rowOfItem } = plain;
  const gatesUsers = augment.user && form.propagated !== true;
  const user = gatesUsers ? new GatedSide(context, "userGate", ids, userProfilesOf(context)) : ids;
  const ofItems = (): Matrix => gatherRows(profilesOf(features.itemProfiles, set.itemCount, "item profiles"), order);
  const item = augment.item ? new GatedSide(context, "itemGate", own, ofItems()) : own;
  return { user, item: form.unitItems ? new UnitSide(context, item) : item, rowOfItem };
}

/** [U, dProfile]; throws where the features hold none. */
export function userProfilesOf({ features, set }: BuildContext): Matrix {
  return profilesOf(features.userProfiles, set.userCount, "user profiles");
}

function textSide(context: BuildContext, order: Int32Array, prefix: string): Side {
  const { set, features } = context;
  const mlp = mlpOf(context, `${prefix}text`, features.itemText.cols);
  return new TextSide(context, mlp, gatherRows(sized(features.itemText, set.itemCount, "item text"), order));
}

function idSide({ set, parameters, width }: BuildContext, { draw, prefix = "" }: SideForm): Side {
  const name = `${prefix}item`;
  return plainSide(parameters.create(name, set.itemCount, width, draw(name, set.itemCount, width)));
}

function profilesOf(profiles: Matrix | undefined, rows: number, what: string): Matrix {
  if (!profiles) throw new RangeError(`Cannot fuse ${what}: the features hold none`);
  return sized(profiles, rows, what);
}

function sized(matrix: Matrix, rows: number, what: string): Matrix {
  if (matrix.rows !== rows) throw new RangeError(`Cannot use ${what}: ${matrix.rows} rows stand for ${rows}`);
  return matrix;
}

/** Trained items first, so that a training step may leave out the others, both parts ascending; and the row of each item. */
export function itemOrder({ itemCount, warmItems }: TrainingSet): {
  readonly order: Int32Array;
  readonly rowOfItem: Int32Array;
} {
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
  const rowOfItem = new Int32Array(itemCount);
  order.forEach((item, row) => (rowOfItem[item] = row));
  return { order, rowOfItem };
}
