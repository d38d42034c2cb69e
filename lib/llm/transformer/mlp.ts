import type { Handle, Scope } from "./device";
import { add, mul, sub, timesSigmoid } from "./ops";

/** What the backward pass of the gate needs, each [N, F]. */
export interface GateSaved {
  readonly gate: Handle;
  /** gate / (1 + exp(-gate)) */
  readonly silu: Handle;
  readonly up: Handle;
}

/** silu(gate) * up, all [N, F]. */
export function gateForward(s: Scope, gate: Handle, up: Handle): { readonly y: Handle; readonly saved: GateSaved } {
  const silu = timesSigmoid(s, gate, gate);
  return { y: mul(s, silu, up), saved: { gate, silu, up } };
}

/** Gradients of gate and up from dy [N, F]; silu'(z) = sigma + sigma * (z - silu). */
export function gateBackward(s: Scope, saved: GateSaved, dy: Handle): { readonly gate: Handle; readonly up: Handle } {
  const up = mul(s, dy, saved.silu);
  const dSilu = mul(s, dy, saved.up);
  const bySigmoid = timesSigmoid(s, dSilu, saved.gate);
  const excess = sub(s, saved.gate, saved.silu);
  const rest = mul(s, bySigmoid, excess);
  const gate = add(s, bySigmoid, rest);
  s.free(dSilu, bySigmoid, excess, rest);
  return { gate, up };
}
