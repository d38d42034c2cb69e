import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs-node-gpu";
import { matrixFrom } from "../kernels";
import type { Tf } from "../../core/tf";
import { type RecommenderName, recommenders } from "../all";
import { type Augment, type BuildContext, type Recipe, type RecommenderDefinition, unaugmented } from "../definition";
import { frozenVectors } from "../dotModel";
import { directedDraw, type EdgeDraw, undirectedDraw } from "../graph/edgeDrop";
import { canonicalGraph, type GraphForm, reclmGraph } from "../models/graphEncoders";
import type { GraphOptions } from "../models/lightGcn";
import { uniform } from "../parameters";
import type { SideForm } from "../fusion/sides";
import { withItemBias } from "../losses/squaredLoss";
import { normalStart, unitStart, xavierStart } from "../fusion/starts";
import { contrastForms } from "../models/contrastive";
import { drawnNoise, EdgeSums, type NoiseRows } from "./graph";
import { batchPenaltyOf, bprOf, infoNceOf, squaredOf } from "./losses";
import { autodiffModel, type BatchTensors, type Formulas, type Hold, type VectorTensors } from "./model";
import { neuMfTwin } from "./neuMf";
import { sideFormula } from "./sides";

/** What a twin can be told: what its kernels' form draws, to be compared with it. */
export interface TwinOptions extends GraphOptions {
  readonly draw?: EdgeDraw;
  readonly noise?: NoiseRows;
}

/**
 * A recommender as formulas for TensorFlow's gradients: the twin of the kernels' form, its test, and the way to a GPU.
 *
 * @example trainRecommender(autodiffTwin("SimGCL", { user: true, item: true }), view, features, options)
 */
export function autodiffTwin(
  name: RecommenderName,
  augment: Augment = unaugmented,
  options: TwinOptions = {},
): RecommenderDefinition {
  const recipe = options.recipe ?? "reclm";
  return {
    ...recommenders[name](augment, options),
    build: (context) =>
      autodiffModel(context, (tf, hold) =>
        name === "NCF"
          ? neuMfTwin(tf, context, augment, recipe, hold, options.items)
          : dotTwin(tf, context, name, augment, { ...options, recipe, hold }),
      ),
  };
}

const starts = {
  BiasMF: { reclm: unitStart, canonical: normalStart(0.1) },
  LightGCN: { reclm: xavierStart, canonical: normalStart(0.1) },
  SGL: { reclm: xavierStart, canonical: xavierStart },
  SimGCL: { reclm: xavierStart, canonical: xavierStart },
} as const;

function dotTwin(
  tf: Tf,
  context: BuildContext,
  name: keyof typeof starts,
  augment: Augment,
  options: TwinOptions & { readonly recipe: Recipe; readonly hold: Hold },
): Formulas {
  const canonical = options.recipe === "canonical";
  const draw = starts[name][options.recipe](context);
  const form: SideForm = { draw, items: options.items ?? "text", unitItems: !canonical };
  const sides = sideFormula(tf, context, augment, form, options.hold);
  if (name === "BiasMF") return biasMfTwin(tf, context, sides, canonical);
  const base = canonical ? canonicalGraph : reclmGraph;
  const graph: GraphForm = {
    ...base,
    layers: options.layers ?? (canonical ? 3 : 2),
    from: canonical && name === "SimGCL" ? 1 : 0,
  };
  const sums = new EdgeSums(tf, context, graph, options.hold);
  const views = name === "LightGCN" ? undefined : viewsOf(context, name, sums, options);
  const warmOf = ({ users, items }: VectorTensors): VectorTensors => ({ users, items: items.gather(sums.warm) });
  const scored = (zero: VectorTensors): VectorTensors => {
    const main = sums.layers(warmOf(zero));
    return { users: main.users, items: canonical ? itemsOf(tf, context, sums, zero.items, main.items) : zero.items };
  };
  return {
    vectors: (p) => scored(sides(p)),
    loss(p, batch) {
      const zero = sides(p);
      const divisor = canonical ? batch.batch.users.length : context.batch;
      let loss = bprOf(tf, scored(zero), batch, divisor);
      if (canonical) loss = loss.add(batchPenaltyOf(zero, batch, context.regularisation));
      return views ? loss.add(views.contrast(warmOf(zero), batch)) : loss;
    },
    freeze: (users, items) => frozenVectors({ users, items }),
    startEpoch: () => views?.startEpoch(),
  };
}

function biasMfTwin(
  tf: Tf,
  context: BuildContext,
  vectors: (p: Readonly<Record<string, Tensor2D>>) => VectorTensors,
  canonical: boolean,
): Formulas {
  const { set, parameters, prng, regularisation } = context;
  const padded = (count: number): number => Math.ceil(count / 4) * 4;
  const drawn = uniform(prng("userBias"), 0, 1);
  parameters.create("userBias", padded(set.userCount), 1, canonical ? () => 0 : drawn);
  const itemBias = canonical ? parameters.create("itemBias", padded(set.itemCount), 1, () => 0) : undefined;
  return {
    vectors,
    loss: (p, batch) => {
      const sides = vectors(p);
      if (!canonical) {
        // The user bias cancels: it is in the loss with a gradient of zero.
        return bprOf(tf, sides, batch, context.batch).add(p["userBias"]!.sum().mul(0));
      }
      return squaredOf(tf, sides, batch, p, regularisation).add(batchPenaltyOf(sides, batch, regularisation));
    },
    freeze: (users, items) =>
      frozenVectors(itemBias ? withItemBias(users, items, matrixFrom(itemBias.value).data) : { users, items }),
  };
}

/** Propagated trained items among the others' layer 0, as `GraphEncoder` scores them. */
function itemsOf(tf: Tf, { set }: BuildContext, { form, warm }: EdgeSums, own: Tensor2D, main: Tensor2D): Tensor2D {
  const share = 1 / (form.layers + 1);
  const isCold = new Float32Array(set.itemCount).fill(share);
  for (const item of set.warmItems) isCold[item] = 0;
  const scattered: Tensor2D = tf.unsortedSegmentSum(main, warm as Tensor1D, set.itemCount);
  return scattered.add(own.mul(tf.tensor2d(isCold, [set.itemCount, 1])));
}

interface TwinViews {
  contrast(zero: VectorTensors, batch: BatchTensors): Scalar;
  startEpoch(): void;
}

function viewsOf(
  { set, prng, width }: BuildContext,
  name: "SGL" | "SimGCL",
  sums: EdgeSums,
  { recipe = "reclm", draw, noise, contrastWeight }: TwinOptions,
): TwinViews {
  const { tf } = sums;
  const form = contrastForms[name][recipe];
  const [pairs, warm] = [set.train.columns.length, set.warmItems.length] as const;
  const keep = recipe === "reclm" ? 0.5 : undefined;
  const edges = draw ?? (keep ? directedDraw(prng("edges"), keep) : undirectedDraw(prng("edges"), 0.1));
  const rows = noise ?? drawnNoise(prng("noise"), { users: set.userCount, items: warm }, width);
  const eps = recipe === "reclm" ? 0.9 : 0.1;
  const drawBoth = () => [0, 1].map(() => edges(pairs, set.userCount, warm));
  let masks: ReturnType<typeof drawBoth> | undefined;
  const view = (zero: VectorTensors, v: 0 | 1): VectorTensors =>
    name === "SGL"
      ? sums.layers(zero, masks![v], keep)
      : sums.layers(zero, undefined, undefined, sums.perturbed(v, eps, rows));
  const rowOf = new Map(Array.from(set.warmItems, (item, row) => [item, row]));
  return {
    contrast(zero, { batch }) {
      if (name === "SGL" && (recipe === "reclm" || !masks)) masks = drawBoth();
      const [one, two] = [view(zero, 0), view(zero, 1)] as const;
      const ofUsers = infoNceOf(tf, form, one.users, two.users, batch.users);
      const items = batch.positives.map((item) => rowOf.get(item)!);
      return ofUsers.add(infoNceOf(tf, form, one.items, two.items, items)).mul(contrastWeight ?? form.weight);
    },
    startEpoch() {
      masks = undefined;
    },
  };
}
