import type { Csr, Prng } from "../../core";
import { type Nodes, nodesOf } from "../graph/adjacency";
import { DroppedView, type EdgeDraw } from "../graph/edgeDrop";
import type { Views, ViewContext } from "./graphEncoders";
import type { Kernels, Tensor } from "../kernels";
import { LayerSum, type Perturb } from "../graph/layerSum";

/** When and how SGL's views are drawn. */
export interface EdgeViewForm {
  /** Draws the mask of view 1 or 2. */
  readonly draw: EdgeDraw;
  /** The share that is kept where entries are divided by it; undefined where what is left is normalised anew. */
  readonly keep?: number;
  readonly every: "batch" | "epoch";
}

/** SGL's views: the same sums over two graphs with some edges dropped. */
export function edgeViews(context: ViewContext, form: EdgeViewForm): Views {
  const { kernels, adjacency, width, main, set, sides } = context;
  const pattern = patternOf(set.train, sides.rowOfItem, set.warmItems.length);
  const dropped = [0, 1].map(() => new DroppedView(kernels, adjacency, pattern));
  const sums = dropped.map((view) => new LayerSum(view.adjacency, width, main.form));
  const redraw = (): void => {
    for (const view of dropped) {
      const mask = form.draw(pattern.columns.length, pattern.rows, pattern.cols);
      if (form.keep === undefined) view.setNormalised(mask);
      else view.setScaled(mask, form.keep);
    }
  };
  let fresh = false;
  return {
    startEpoch() {
      if (form.every === "epoch") redraw();
      fresh = form.every === "epoch";
    },
    forward(zero, _first, out) {
      if (form.every === "batch" || !fresh) redraw();
      fresh = true;
      sums.forEach((sum, v) => sum.forward(zero, out[v]!));
    },
    backward(gradients, into) {
      sums.forEach((sum, v) => sum.backward(gradients[v]!, into));
    },
  };
}

/** The pairs with items as rows of the graph, in the order of the graph's entries. */
function patternOf(train: Csr, rowOfItem: Int32Array, items: number): Csr {
  const columns = train.columns.map((item) => rowOfItem[item]!);
  for (let u = 0; u < train.rows; u++) columns.subarray(train.starts[u]!, train.starts[u + 1]!).sort();
  return { rows: train.rows, cols: items, starts: train.starts, columns };
}

/** Adds eps * sign(x) * (a unit row of uniform numbers) to the rows of a view's layer of users or items. */
export type Noise = (x: Tensor, view: 0 | 1, layer: number, side: keyof Nodes) => void;

/** Noise by the kernels: four generators side by side, 16 words of state from the given stream. */
export function kernelNoise(kernels: Kernels, width: number, eps: number, prng: Prng): Noise {
  const state = kernels.integers(Int32Array.from({ length: 16 }, () => Math.floor(prng() * 2 ** 32) | 0));
  const scratch = kernels.tensor(1, width);
  return (x) => kernels.run.perturbRows(x.address, x.rows, x.cols, eps, state, scratch.address);
}

/**
 * SimGCL's views: noise on every layer of the same graph. The layers' sums are linear in the inputs but for the noise, whose
 * gradient is none: both views' gradients go back in one pass, and A times the inputs is shared.
 */
export function noiseViews({ kernels, adjacency, width, main }: ViewContext, noise: Noise): Views {
  const sum = new LayerSum(adjacency, width, main.form);
  const joined = nodesOf(kernels, adjacency.users.rows, adjacency.items.rows, width);
  const perturb = (view: 0 | 1): Perturb => {
    return ({ users, items }, layer) => {
      noise(users, view, layer, "users");
      noise(items, view, layer, "items");
    };
  };
  return {
    forward(zero, first, out) {
      sum.forward(zero, out[0], perturb(0), first);
      sum.forward(zero, out[1], perturb(1), first);
    },
    backward(gradients, into) {
      for (const side of ["users", "items"] as const) {
        const to = joined[side];
        to.data.set(gradients[0][side].data);
        kernels.run.addInto(gradients[1][side].address, to.address, to.rows * to.cols);
      }
      sum.backward(joined, into);
    },
  };
}
