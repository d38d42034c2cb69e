import { randomNormal } from "../../core";
import type { BuildContext } from "../definition";
import { uniform, xavierUniform } from "../parameters";
import type { SideForm } from "./sides";

/** How the numbers of trained matrices start. */
export type Start = (context: BuildContext) => SideForm["draw"];

/** Uniform on [0, 1). */
export const unitStart: Start =
  ({ prng }) =>
  (purpose) =>
    uniform(prng(purpose), 0, 1);

/** Xavier's uniform. */
export const xavierStart: Start =
  ({ prng }) =>
  (purpose, rows, cols) =>
    xavierUniform(prng(purpose), rows, cols);

/** Normal with a standard deviation. */
export const normalStart =
  (deviation: number): Start =>
  ({ prng }) =>
  (purpose) => {
    const draw = prng(purpose);
    return () => deviation * randomNormal(draw);
  };
