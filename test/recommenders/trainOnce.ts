// Trains three recommenders on a set that is large enough for kernels to be shared by threads; prints the hash of what they learnt.
import { createHash } from "node:crypto";
import { csrOfPairs, matrixOf, prngOf, randomInt, randomNormal } from "reclm/core";
import { biasMf, lightGcn, simGcl, trainRecommender } from "reclm/recommenders";

const [userCount, itemCount, width] = [20_000, 400, 96] as const;

async function main(): Promise<void> {
  const prng = prngOf(1, "train once");
  const takers = Array.from({ length: 2 * userCount }, (_, at) => at % userCount);
  const half = itemCount / 2;
  const items = takers.map((_, at) => (at < userCount ? 0 : half) + randomInt(prng, half));
  const train = csrOfPairs(userCount, itemCount, takers, items);
  const warmItems = Int32Array.from({ length: itemCount }, (_, i) => i);
  const values = new Float32Array(itemCount * width).map(() => randomNormal(prng));
  const features = { itemText: matrixOf(itemCount, width, values) };
  const hash = createHash("sha256");
  for (const definition of [biasMf(), lightGcn(), simGcl()]) {
    const set = { userCount, itemCount, train, warmItems };
    const options = { seed: 1, batch: 8192, learningRate: 1e-2 };
    const trained = await trainRecommender(definition, set, features, 2, options);
    for (const { data } of Object.values(trained.parameters)) hash.update(data);
    const users = Int32Array.from({ length: 2000 }, (_, u) => u);
    const hidden = Array.from(users, () => new Int32Array(0));
    hash.update(trained.scorer.best!(users, warmItems, 40, hidden));
  }
  console.log(hash.digest("hex"));
}

void main();
