import type { Tensor2D } from "@tensorflow/tfjs-node-gpu";
import type { Matrix } from "../../core";
import type { Tf } from "../../core/tf";
import type { Augment, BuildContext } from "../definition";
import { mlpOf } from "../layers/mlp";
import { profileNetworks } from "../fusion/profileNetworks";
import { itemOrder, type SideForm } from "../fusion/sides";
import { unitRows } from "./losses";
import type { Hold, Tensors, VectorTensors } from "./model";

/** The formula of `sidesOf`: users [U, d] and items [I, d] before any graph. */
export function sideFormula(
  tf: Tf,
  context: BuildContext,
  augment: Augment,
  form: SideForm,
  hold: Hold,
): (p: Tensors) => VectorTensors {
  const { set, features, parameters, width } = context;
  const { prefix = "", draw } = form;
  const constant = ({ data, rows, cols }: Matrix): Tensor2D => hold(tf.tensor2d(data.slice(), [rows, cols]));
  for (const [name, rows] of [
    ["user", set.userCount],
    ["item", set.itemCount],
  ] as const) {
    if (name === "user" || form.items === "id") {
      parameters.create(`${prefix}${name}`, rows, width, draw(`${prefix}${name}`, rows, width));
    }
  }
  if (form.items === "text") mlpOf(context, `${prefix}text`, features.itemText.cols);
  if (augment.user || augment.item) profileNetworks(context, augment, prefix);
  const rowOfItem = hold(tf.tensor1d(itemOrder(set).rowOfItem, "int32"));
  const text = constant(features.itemText);
  const userProfiles = augment.user ? constant(features.userProfiles!) : undefined;
  const itemProfiles = augment.item ? constant(features.itemProfiles!) : undefined;
  return (p) => {
    const of = (name: string): Tensor2D => p[`${prefix}${name}`]!;
    const mlp = (name: string, x: Tensor2D): Tensor2D => {
      const hidden = x
        .matMul(of(`${name}.0.weight`))
        .add(of(`${name}.0.bias`))
        .relu<Tensor2D>();
      return hidden.matMul(of(`${name}.2.weight`)).add(of(`${name}.2.bias`));
    };
    const join = (a: Tensor2D, b: Tensor2D): Tensor2D =>
      tf.concat2d([a, b], 1).matMul(of("concat.weight")).add(of("concat.bias")).relu<Tensor2D>();
    const own = form.items === "text" ? mlp("text", text) : of("item").gather<Tensor2D>(rowOfItem);
    const items = itemProfiles ? join(own, mlp("profile", itemProfiles)) : own;
    const users = userProfiles ? join(of("user"), unitRows(mlp("profile", userProfiles))) : of("user");
    return { users, items: form.unitItems ? unitRows(items) : items };
  };
}
