import { type Matrix, matrixOf, rowOf } from "../../core";
import type { ItemForm } from "../definition";

type Matrices = Readonly<Record<string, Matrix>>;

/**
 * [n, d] the vectors that new items are scored by, from their texts [n, dText] alone or, where the model fuses profiles, from
 * texts and profiles [n, dProfile]; in 64 bits. Throws where the model's items are not made of texts.
 */
export function itemVectors(
  form: ItemForm | undefined,
  parameters: Matrices,
  texts: Matrix,
  profiles?: Matrix,
): Matrix {
  if (!form) throw new RangeError("Cannot score a new item: this model's items have vectors of their own");
  if (form.fused && profiles?.rows !== texts.rows) {
    throw new RangeError(
      `Cannot score ${texts.rows} new items: this model asks for as many profiles besides the texts`,
    );
  }
  const rows = Array.from({ length: texts.rows }, (_, r) =>
    form.prefixes.flatMap((prefix) => {
      const own = mlp(parameters, `${prefix}text`, [...rowOf(texts, r)]);
      const profile = form.fused ? mlp(parameters, `${prefix}profile`, [...rowOf(profiles!, r)]) : undefined;
      const vector = profile ? rectified(linear(parameters, `${prefix}concat`, [...own, ...profile])) : own;
      const length = form.unit ? Math.max(Math.hypot(...vector), 1e-12) : 1;
      return vector.map((value) => (value * form.share) / length);
    }),
  );
  return matrixOf(texts.rows, rows[0]?.length ?? 0, Float32Array.from(rows.flat()));
}

function mlp(parameters: Matrices, name: string, x: readonly number[]): number[] {
  return linear(parameters, `${name}.2`, rectified(linear(parameters, `${name}.0`, x)));
}

function linear(parameters: Matrices, name: string, x: readonly number[]): number[] {
  const [weight, bias] = [parameters[`${name}.weight`], parameters[`${name}.bias`]];
  if (!weight || !bias) throw new RangeError(`Cannot score a new item: the model has no layer "${name}"`);
  if (x.length !== weight.rows) {
    throw new RangeError(`Cannot score a new item: layer "${name}" takes ${weight.rows} numbers, not ${x.length}`);
  }
  const y = Array.from(bias.data);
  x.forEach((value, r) => {
    for (let c = 0; c < y.length; c++) y[c]! += value * weight.data[r * weight.cols + c]!;
  });
  return y;
}

function rectified(x: readonly number[]): number[] {
  return x.map((value) => Math.max(0, value));
}
