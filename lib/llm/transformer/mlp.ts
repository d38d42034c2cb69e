import type { Handle, Scope } from "./device";
import { add, concat, mul, slice, sub, timesSigmoid } from "./ops";

/** What the backward pass of the gate needs, each [N, F]. */
export interface GateSaved {
  readonly gate: Handle;
  /** gate / (1 + exp(-gate)) */
  readonly silu: Handle;
  readonly up: Handle;
}

/** silu(gate) * up [N, F] from gate and up side by side [N, 2F]. */
export function gateForward(s: Scope, gateUp: Handle): { readonly y: Handle; readonly saved: GateSaved } {
  const [rows, both] = gateUp.shape as readonly [number, number];
  const gate = slice(s, gateUp, [0, 0], [rows, both / 2]);
  const up = slice(s, gateUp, [0, both / 2], [rows, both / 2]);
  const silu = timesSigmoid(s, gate, gate);
  return { y: mul(s, silu, up), saved: { gate, silu, up } };
}

/** Gradient of gate and up [N, 2F] from dy [N, F]; silu'(z) = sigma + sigma * (z - silu). */
export function gateBackward(s: Scope, saved: GateSaved, dy: Handle): Handle {
  const dUp = mul(s, dy, saved.silu);
  const dSilu = mul(s, dy, saved.up);
  const bySigmoid = timesSigmoid(s, dSilu, saved.gate);
  const excess = sub(s, saved.gate, saved.silu);
  const rest = mul(s, bySigmoid, excess);
  const dGate = add(s, bySigmoid, rest);
  const both = concat(s, [dGate, dUp], 1);
  s.free(dUp, dSilu, bySigmoid, excess, rest, dGate);
  return both;
}
