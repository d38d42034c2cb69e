import type { Kernels, Tensor } from "../kernels";
import { RowList, tallyOf } from "../graph/rowList";
import { SoftmaxSums } from "./softmaxSums";
import { UnitRows } from "../layers/unitRows";

/** Over which nodes an InfoNCE contrasts its anchors, and how its terms are weighed. */
export interface ContrastForm {
  readonly temperature: number;
  /** Lambda. */
  readonly weight: number;
  /**
   * "all": every node is in the denominators, and an anchor counts as often as the batch has it (HKUDS/RecLM; SGL's own
   * code). "batch": the batch's different nodes, each once, are anchors and candidates (SimGCL's own code).
   */
  readonly among: "all" | "batch";
}

/**
 * InfoNCE between two views of one side's nodes: the mean over the batch's anchors n of
 * -log( exp(<a_n, e_n> / t) / sum_m exp(<a_n, e_m> / t) ), a and e the unit rows of view 1 and view 2.
 *
 * Anchors that occur more than once are computed once and weighed.
 */
export class InfoNce {
  readonly #anchors: RowList;
  readonly #gathered: Tensor;
  readonly #a: UnitRows;
  readonly #candidates: Tensor | undefined;
  readonly #e: UnitRows;
  readonly #z: Tensor;
  readonly #dA: Tensor;
  readonly #dE: Tensor;
  readonly #sums: SoftmaxSums;

  /** For views [nodes, d] and at most `batch` anchors. */
  constructor(
    readonly kernels: Kernels,
    readonly form: ContrastForm,
    view2: Tensor,
    batch: number,
  ) {
    const { rows, cols } = view2;
    const most = Math.min(batch, rows);
    this.#anchors = new RowList(kernels, most);
    this.#gathered = kernels.tensor(most, cols);
    this.#a = new UnitRows(kernels, this.#gathered);
    this.#candidates = form.among === "batch" ? kernels.tensor(most, cols) : undefined;
    this.#e = new UnitRows(kernels, this.#candidates ?? view2);
    this.#z = kernels.tensor(most, 1);
    this.#dA = kernels.tensor(most, cols);
    this.#dE = kernels.tensor(this.#e.output.rows, cols);
    this.#sums = new SoftmaxSums(kernels, most, this.#e.output.rows, cols);
  }

  /** The weighed loss for the batch's nodes; adds its gradients to those of view 1 and view 2. */
  run(nodes: Int32Array, view1: Tensor, view2: Tensor, dView1: Tensor, dView2: Tensor): number {
    const { values, counts } = tallyOf(nodes);
    const { temperature, weight, among } = this.form;
    const { run } = this.kernels;
    const [anchors, m, d] = [this.#anchors, values.length, view1.cols] as const;
    anchors.set(values);
    run.gatherRows(view1.address, anchors.address, this.#gathered.address, m, d);
    this.#a.forward(m);
    if (this.#candidates) run.gatherRows(view2.address, anchors.address, this.#candidates.address, m, d);
    const candidates = this.#candidates ? m : view2.rows;
    this.#e.forward(candidates);
    const divisor = among === "all" ? nodes.length : m;
    const share = Float32Array.from(counts, (count) => ((among === "all" ? count : 1) * weight) / divisor);
    const weights = share.map((value) => value / temperature);
    const [a, e, z, means, dE] = [this.#a.output, this.#e.output, this.#z, this.#dA, this.#dE];
    this.#sums.run({ temperature, a, anchors: m, e, candidates, weights, z, means, dE });
    const loss = this.#pull(this.#candidates ? undefined : values, share, m);
    this.#a.backward(this.#dA, m);
    this.#e.backward(dE, candidates);
    run.scatterRows(this.#dA.address, anchors.address, dView1.address, m, d, 1);
    if (this.#candidates) run.scatterRows(dE.address, anchors.address, dView2.address, m, d, 1);
    else run.addInto(dE.address, dView2.address, candidates * d);
    dE.data.fill(0);
    return loss;
  }

  /** The loss from the sums; finishes dA, and draws each anchor's own candidate (row `rows[k]`, or k) towards it. */
  #pull(rows: Int32Array | undefined, share: Float32Array, m: number): number {
    const { temperature } = this.form;
    const [a, e, z] = [this.#a.output.data, this.#e.output.data, this.#z.data];
    const [dA, dE] = [this.#dA.data, this.#dE.data];
    const d = this.#dA.cols;
    let loss = 0;
    for (let k = 0; k < m; k++) {
      const own = (rows ? rows[k]! : k) * d;
      const by = share[k]! / temperature;
      let dot = 0;
      for (let c = 0; c < d; c++) {
        const [left, right] = [a[k * d + c]!, e[own + c]!] as const;
        dot += left * right;
        dA[k * d + c] = by * (dA[k * d + c]! - right);
        dE[own + c]! -= by * left;
      }
      loss += share[k]! * (Math.log(z[k]!) - dot / temperature);
    }
    return loss;
  }
}
