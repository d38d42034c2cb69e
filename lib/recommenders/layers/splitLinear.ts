import type { BuildContext } from "../definition";
import { gemmFlags, type Kernels, type Tensor } from "../kernels";
import type { Linear } from "./linear";

/**
 * A linear layer over [u ; z], applied to users and items apart: W [u ; z] + b = (W_u u + b) + W_z z, so that no pair is
 * concatenated and items are multiplied once, however many pairs they are in.
 */
export class SplitLinear {
  /** [B, d] W_u u + b of the batch's users, and its gradient, which the caller writes. */
  readonly ofUsers: Tensor;
  readonly dOfUsers: Tensor;
  /** [R, d] W_z z, and its gradient, zero after `backward`. */
  readonly ofItems: Tensor;
  readonly dOfItems: Tensor;
  readonly #own: Tensor;
  readonly #turned: Tensor;
  readonly #kernels: Kernels;

  /** For a layer [2d, d]. */
  constructor(
    { kernels, batch, width, set }: BuildContext,
    readonly layer: Linear,
  ) {
    const triples = (): Tensor => kernels.tensor(batch, width);
    const items = (): Tensor => kernels.tensor(set.warmItems.length, width);
    this.#kernels = kernels;
    [this.#own, this.ofUsers, this.dOfUsers] = [triples(), triples(), triples()];
    [this.ofItems, this.dOfItems] = [items(), items()];
    this.#turned = kernels.tensor(width, width);
  }

  /** `users` is the address of the batch's `count` users. */
  forward(users: number, count: number, u: Tensor, z: Tensor): void {
    const { run } = this.#kernels;
    const d = u.cols;
    const { weight, bias } = this.layer;
    const [own, ofUsers] = [this.#own.address, this.ofUsers.address] as const;
    run.gatherRows(u.address, users, own, count, d);
    run.gemm(own, this.#half(weight.value, 0), ofUsers, count, d, d, bias.value.address, 0);
    run.gemm(z.address, this.#half(weight.value, d), this.ofItems.address, this.ofItems.rows, d, d, 0, 0);
  }

  /** Adds the gradients of the layer, of U and of Z. */
  backward(users: number, count: number, z: Tensor, dU: Tensor, dZ: Tensor): void {
    const { run } = this.#kernels;
    const d = z.cols;
    const { weight, bias } = this.layer;
    const [dOfUsers, dOfItems, turned] = [this.dOfUsers.address, this.dOfItems.address, this.#turned.address] as const;
    const items = this.ofItems.rows;
    run.addColumnSums(dOfUsers, bias.gradient.address, count, d);
    run.gemmTransposedA(this.#own.address, dOfUsers, this.#half(weight.gradient, 0), count, d, d);
    run.gemmTransposedA(z.address, dOfItems, this.#half(weight.gradient, d), items, d, d);
    run.transpose(this.#half(weight.value, 0), turned, d, d);
    run.gemm(dOfUsers, turned, this.#own.address, count, d, d, 0, 0);
    run.scatterRows(this.#own.address, users, dU.address, count, d, 1);
    run.transpose(this.#half(weight.value, d), turned, d, d);
    run.gemm(dOfItems, turned, dZ.address, items, d, d, 0, gemmFlags.accumulate);
    this.dOfItems.data.fill(0);
  }

  #half(tensor: Tensor, from: number): number {
    return this.#kernels.rowsOf(tensor, from, tensor.cols).address;
  }
}
