import assert from "node:assert/strict";
import { test } from "node:test";
import { latentName, textHash } from "reclm/experiment";
import { benchOf } from "../bench";

test("a higher version of latent text names other stages; the first names those that are stored", (t) => {
  const { experiment, dispose } = benchOf();
  t.after(dispose);
  assert.equal(textHash(experiment, "tf-idf"), "tf-idf 768 15");
  assert.deepEqual([1, 2, 3].map(latentName), ["tf-idf 768 15", "tf-idf 768 15 v2", "tf-idf 768 15 v3"]);
});
