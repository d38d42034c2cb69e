import type { Tensor2D } from "@tensorflow/tfjs-node-gpu";
import type { Matrix } from "../core";
import type { Tf } from "../core/tf";
import { autodiffRecommender, type Tensors } from "./autodiff";
import { type Augment, type BuildContext, type RecommenderDefinition, unaugmented } from "./definition";
import { bipartiteGraph } from "./graph";
import { linearOf } from "./linear";
import { mlpOf } from "./mlp";
import { uniform, xavierUniform } from "./parameters";

type Vectors = { readonly users: Tensor2D; readonly items: Tensor2D };

/** BiasMF as a formula for TensorFlow's gradients: the twin of `biasMf`, without the user bias, whose gradient is 0. */
export function biasMfAutodiff(augment: Augment = unaugmented): RecommenderDefinition {
  return autodiffRecommender("BiasMF", (tf, context) =>
    sideVectors(tf, context, augment, uniform(context.prng("user"), 0, 1)),
  );
}

/** LightGCN as a formula for TensorFlow's gradients: the twin of `lightGcn`. */
export function lightGcnAutodiff(augment: Augment = unaugmented, layers = 2): RecommenderDefinition {
  return autodiffRecommender("LightGCN", (tf, context) => {
    const { set, width, prng } = context;
    const vectors = sideVectors(tf, context, augment, xavierUniform(prng("user"), set.userCount, width));
    const propagate = propagationOf(tf, context, layers);
    return (parameters) => {
      const { users, items } = vectors(parameters);
      return { users: propagate(users, items), items };
    };
  });
}

function sideVectors(tf: Tf, context: BuildContext, augment: Augment, drawUser: () => number): (p: Tensors) => Vectors {
  const { set, features, parameters, width } = context;
  const constant = ({ data, rows, cols }: Matrix): Tensor2D => tf.keep(tf.tensor2d(data.slice(), [rows, cols]));
  const profiles = (matrix: Matrix | undefined): Tensor2D => {
    if (!matrix) throw new RangeError("Cannot fuse profiles: the features hold none");
    return constant(matrix);
  };
  parameters.create("user", set.userCount, width, drawUser);
  mlpOf(context, "text", features.itemText.cols);
  const text = constant(features.itemText);
  const userProfiles = augment.user ? profiles(features.userProfiles) : undefined;
  const itemProfiles = augment.item ? profiles(features.itemProfiles) : undefined;
  const fused = userProfiles ?? itemProfiles;
  if (fused) {
    mlpOf(context, "profile", fused.shape[1]);
    linearOf(context, "concat", 2 * width, width);
  }
  const mlp = (p: Tensors, name: string, x: Tensor2D): Tensor2D => {
    const hidden = x.matMul(p[`${name}.0.weight`]!).add(p[`${name}.0.bias`]!).relu<Tensor2D>();
    return hidden.matMul(p[`${name}.2.weight`]!).add(p[`${name}.2.bias`]!);
  };
  const unit = (x: Tensor2D): Tensor2D => x.div(x.square().sum(1, true).sqrt().maximum(1e-12));
  const join = (p: Tensors, a: Tensor2D, b: Tensor2D): Tensor2D =>
    tf.concat2d([a, b], 1).matMul(p["concat.weight"]!).add(p["concat.bias"]!).relu<Tensor2D>();
  return (p) => {
    const embedded = mlp(p, "text", text);
    const items = unit(itemProfiles ? join(p, embedded, mlp(p, "profile", itemProfiles)) : embedded);
    const users = userProfiles ? join(p, p["user"]!, unit(mlp(p, "profile", userProfiles))) : p["user"]!;
    return { users, items };
  };
}

/** Sum of layers 0..L of the users; edges are gathered, weighted and summed into their ends. */
function propagationOf(tf: Tf, { set }: BuildContext, layers: number): (users: Tensor2D, items: Tensor2D) => Tensor2D {
  const everyItem = Int32Array.from({ length: set.itemCount }, (_, item) => item);
  const { userItem, userLoops, itemLoops } = bipartiteGraph(set.train, everyItem, set.itemCount);
  const ends = new Int32Array(userItem.columns.length);
  for (let u = 0; u < userItem.rows; u++) ends.fill(u, userItem.starts[u]!, userItem.starts[u + 1]!);
  const userEnds = tf.keep(tf.tensor1d(ends, "int32"));
  const itemEnds = tf.keep(tf.tensor1d(userItem.columns.slice(), "int32"));
  const column = (values: Float32Array): Tensor2D => tf.keep(tf.tensor2d(values.slice(), [values.length, 1]));
  const [weights, ofUsers, ofItems] = [column(userItem.values), column(userLoops), column(itemLoops)];
  return (users, items) => {
    let [userLayer, itemLayer, sum] = [users, items, users];
    for (let l = 0; l < layers; l++) {
      const toUsers = tf.unsortedSegmentSum(itemLayer.gather<Tensor2D>(itemEnds).mul(weights), userEnds, set.userCount);
      const toItems = tf.unsortedSegmentSum(userLayer.gather<Tensor2D>(userEnds).mul(weights), itemEnds, set.itemCount);
      userLayer = userLayer.mul(ofUsers).add<Tensor2D>(toUsers);
      itemLayer = itemLayer.mul(ofItems).add<Tensor2D>(toItems);
      sum = sum.add(userLayer);
    }
    return sum;
  };
}
