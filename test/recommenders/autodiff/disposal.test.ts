import assert from "node:assert/strict";
import { test } from "node:test";
import { matrixOf } from "reclm/core";
import { autodiffRecommender, autodiffTwin, trainRecommender, xavierUniform } from "reclm/recommenders";
import { features, options, text, users, view } from "../tastes";

type Room = typeof import("../../../lib/dist/core/tf.js");

const { loadTf } = require("../../../../lib/dist/core/tf.js") as Room;
const tensors = (): number => loadTf().memory().numTensors;

const profiles = {
  ...features,
  userProfiles: matrixOf(users, 8, new Float32Array(users * 8).fill(1)),
  itemProfiles: text,
};
const both = { user: true, item: true };
const own = autodiffRecommender("own", (tf, { set, features: { itemText }, width, parameters, prng }, hold) => {
  const items = hold(tf.tensor2d(itemText.data, [itemText.rows, itemText.cols]));
  parameters.create("user", set.userCount, width, xavierUniform(prng("user"), set.userCount, width));
  parameters.create("tower", itemText.cols, width, xavierUniform(prng("tower"), itemText.cols, width));
  return ({ user, tower }) => ({ users: user!, items: tf.matMul(items, tower!) });
});

test("a training with TensorFlow's gradients leaves no tensor, finished or interrupted", async () => {
  const definitions = [
    autodiffTwin("BiasMF", both, { recipe: "canonical" }),
    autodiffTwin("NCF", both),
    autodiffTwin("NCF", both, { recipe: "canonical" }),
    autodiffTwin("SGL", both),
    own,
  ];
  const before = tensors();
  for (const definition of definitions) {
    for (const seed of [1, 2]) await trainRecommender(definition, view, profiles, 1, { ...options, seed });
    assert.equal(tensors(), before, definition.name);
    const stopped = new Error("enough");
    const visit = (): never => {
      throw stopped;
    };
    await assert.rejects(trainRecommender(definition, view, profiles, 2, options, {}, visit), stopped);
    assert.equal(tensors(), before, `${definition.name}, interrupted`);
  }
});
