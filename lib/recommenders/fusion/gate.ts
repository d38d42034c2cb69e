import { type Matrix, randomNormal } from "../../core";
import type { BuildContext } from "../definition";
import type { Encoder } from "../dotModel";
import { gemmFlags, matrixFrom, type Tensor } from "../kernels";
import { linearDefault, type Parameter } from "../parameters";
import type { Side } from "../side";

/** How open gates are at the start: sigmoid(2) = .88 of the node's own vector. */
const openness = 2;

/**
 * A gated fusion: g X + (1 - g) V, V = P U, with g = sigmoid([s X ; V] W + b) entry by entry. A node's profile replaces its
 * own vector as far as the gate learns to let it; a profile that says nothing costs little.
 */
class Gate {
  /** [n, d] */
  readonly output: Tensor;
  readonly #profiles: Tensor;
  readonly #projection: Parameter;
  readonly #weight: Parameter;
  readonly #bias: Parameter;
  readonly #turned: Tensor;
  /** s X, V, g, and scratch; all [n, d]. */
  readonly #own: Tensor;
  readonly #said: Tensor;
  readonly #gate: Tensor;
  readonly #dGate: Tensor;
  readonly #dSaid: Tensor;
  readonly #back: Tensor;

  constructor(
    readonly context: BuildContext,
    name: string,
    readonly input: Tensor,
    profiles: Matrix,
    readonly scale: number,
  ) {
    const { kernels, parameters, prng, width } = context;
    const k = profiles.cols;
    const normal = prng(`${name}.profile`);
    const spread = 1 / Math.sqrt(k);
    this.#profiles = kernels.tensor(profiles.rows, k, profiles);
    this.#projection = parameters.create(`${name}.profile`, k, width, () => spread * randomNormal(normal));
    const draw = linearDefault(prng(name), 2 * width);
    this.#weight = parameters.create(`${name}.weight`, 2 * width, width, draw);
    this.#bias = parameters.create(`${name}.bias`, 1, width, () => openness);
    this.#turned = kernels.tensor(width, width);
    const rows = (): Tensor => kernels.tensor(profiles.rows, width);
    [this.output, this.#own, this.#said, this.#gate] = [rows(), rows(), rows(), rows()];
    [this.#dGate, this.#dSaid, this.#back] = [rows(), rows(), rows()];
  }

  forward(n: number): void {
    const { kernels, width: d } = this.context;
    const { run } = kernels;
    const count = n * d;
    const weight = this.#weight.value;
    const projection = this.#projection.value;
    run.gemm(this.#profiles.address, projection.address, this.#said.address, n, projection.rows, d, 0, 0);
    const [x, own] = [this.input.data, this.#own.data];
    for (let at = 0; at < count; at++) own[at] = this.scale * x[at]!;
    run.gemm(this.#own.address, weight.address, this.#gate.address, n, d, d, this.#bias.value.address, 0);
    const second = kernels.rowsOf(weight, d, d).address;
    run.gemm(this.#said.address, second, this.#gate.address, n, d, d, 0, gemmFlags.accumulate);
    const [gate, said, out] = [this.#gate.data, this.#said.data, this.output.data];
    for (let at = 0; at < count; at++) {
      const g = 1 / (1 + Math.exp(-gate[at]!));
      gate[at] = g;
      out[at] = g * x[at]! + (1 - g) * said[at]!;
    }
  }

  /** Adds the parameters' gradients and that of the input, given the output's. */
  backward(dOutput: Tensor, dInput: Tensor, n: number): void {
    const { kernels, width: d } = this.context;
    const { run } = kernels;
    this.#split(dOutput.data, dInput.data, n * d);
    const { value, gradient } = this.#weight;
    const [dGate, dSaid, turned] = [this.#dGate.address, this.#dSaid.address, this.#turned.address];
    run.gemmTransposedA(this.#own.address, dGate, gradient.address, n, d, d);
    run.gemmTransposedA(this.#said.address, dGate, kernels.rowsOf(gradient, d, d).address, n, d, d);
    run.addColumnSums(dGate, this.#bias.gradient.address, n, d);
    run.transpose(kernels.rowsOf(value, d, d).address, turned, d, d);
    run.gemm(dGate, turned, dSaid, n, d, d, 0, gemmFlags.accumulate);
    const { gradient: dProjection } = this.#projection;
    run.gemmTransposedA(this.#profiles.address, dSaid, dProjection.address, n, dProjection.rows, d);
    run.transpose(value.address, turned, d, d);
    run.gemm(dGate, turned, this.#back.address, n, d, d, 0, 0);
    const [back, dX] = [this.#back.data, dInput.data];
    for (let at = 0; at < n * d; at++) dX[at]! += this.scale * back[at]!;
  }

  /** What the output's gradient says of the input, of V and of the gate before its sigmoid. */
  #split(dOut: Float32Array, dX: Float32Array, count: number): void {
    const [x, gate, said] = [this.input.data, this.#gate.data, this.#said.data];
    const [dGate, dSaid] = [this.#dGate.data, this.#dSaid.data];
    for (let at = 0; at < count; at++) {
      const g = gate[at]!;
      const up = dOut[at]!;
      dX[at]! += g * up;
      dSaid[at] = (1 - g) * up;
      dGate[at] = up * (x[at]! - said[at]!) * g * (1 - g);
    }
  }
}

/** A side whose own vectors are gated with its profiles. */
export class GatedSide implements Side {
  readonly gradient: Tensor;
  readonly #gate: Gate;

  constructor(
    context: BuildContext,
    name: string,
    readonly inner: Side,
    profiles: Matrix,
  ) {
    this.#gate = new Gate(context, name, inner.output, profiles, 1);
    this.gradient = context.kernels.tensor(profiles.rows, context.width);
  }

  get output(): Tensor {
    return this.#gate.output;
  }

  forward(rows: number): void {
    this.inner.forward(rows);
    this.#gate.forward(rows);
  }

  backward(rows: number): void {
    this.#gate.backward(this.gradient, this.inner.gradient, rows);
    this.inner.backward(rows);
    this.gradient.data.fill(0);
  }
}

/** An encoder whose propagated users, sums of `layers` + 1 layers, are gated with their profiles. */
export function gatedUsers(context: BuildContext, encoder: Encoder, profiles: Matrix, layers: number): Encoder {
  const { kernels, set, width } = context;
  const gate = new Gate(context, "userGate", encoder.users, profiles, 1 / (layers + 1));
  const dUsers = kernels.tensor(set.userCount, width);
  return {
    users: gate.output,
    dUsers,
    get items() {
      return encoder.items;
    },
    get dItems() {
      return encoder.dItems;
    },
    forward(batch) {
      encoder.forward(batch);
      gate.forward(set.userCount);
    },
    contrast: (batch) => encoder.contrast?.(batch) ?? 0,
    backward() {
      gate.backward(dUsers, encoder.dUsers, set.userCount);
      dUsers.data.fill(0);
      encoder.backward();
    },
    startEpoch: () => encoder.startEpoch?.(),
    freeze() {
      const { items } = encoder.freeze();
      gate.forward(set.userCount);
      return { users: matrixFrom(gate.output), items };
    },
  };
}
