import type { Handle, Scope } from "./device";
import { add, concat, mul, sigmoid, slice, sub } from "./ops";

/** What the backward pass of the gate needs, each [N, F]. */
export interface GateSaved {
  /** 1 / (1 + exp(-gate)) */
  readonly sigmoid: Handle;
  /** gate * sigmoid */
  readonly silu: Handle;
  readonly up: Handle;
}

/** silu(gate) * up [N, F] from gate and up side by side [N, 2F]. */
export function gateForward(s: Scope, gateUp: Handle): { readonly y: Handle; readonly saved: GateSaved } {
  const [rows, both] = gateUp.shape as readonly [number, number];
  const gate = slice(s, gateUp, [0, 0], [rows, both / 2]);
  const up = slice(s, gateUp, [0, both / 2], [rows, both / 2]);
  const activation = sigmoid(s, gate);
  const silu = mul(s, gate, activation);
  s.free(gate);
  return { y: mul(s, silu, up), saved: { sigmoid: activation, silu, up } };
}

/** Gradient of gate and up [N, 2F] from dy [N, F]; silu'(z) = sigma + silu - silu * sigma. */
export function gateBackward(s: Scope, saved: GateSaved, dy: Handle): Handle {
  const dUp = mul(s, dy, saved.silu);
  const dSilu = mul(s, dy, saved.up);
  const bySilu = mul(s, dSilu, saved.silu);
  const rest = sub(s, dSilu, bySilu);
  const bySigmoid = mul(s, rest, saved.sigmoid);
  const dGate = add(s, bySigmoid, bySilu);
  const both = concat(s, [dGate, dUp], 1);
  s.free(dUp, dSilu, bySilu, rest, bySigmoid, dGate);
  return both;
}
