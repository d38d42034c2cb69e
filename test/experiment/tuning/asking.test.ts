import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { ledgerName, openAsker, policyAnswers } from "reclm/experiment";
import { writeTinyModel } from "reclm/llm";
import { benchOf } from "../bench";

test("how long an answer takes decides nothing: on a clock that leaps it ends as on any other", async (t) => {
  const { experiment, folder, dispose } = benchOf();
  t.after(dispose);
  const model = { path: join(folder, "tiny.gguf"), hash: "model" };
  await writeTinyModel(model.path, { seed: 1, contextTokens: experiment.preset.model.contextTokens });
  const slow = { ...experiment, model };
  let now = Date.now();
  t.mock.method(Date, "now", () => (now += 3_600_000));

  const asker = await openAsker(slow, [], "profiles");
  t.after(() => asker.dispose());
  const asked = await asker.asks[0]([[{ role: "user", content: "Who am I?" }]]);
  const drawn = await policyAnswers(slow, [], [Int32Array.of(5, 6, 7)], {});
  for (const { finish } of [...asked, ...drawn]) assert.match(finish, /^(stop|length)$/);
  // An answer cut off by the clock has one token.
  const [{ ids }] = drawn as [(typeof drawn)[0]];
  assert.ok(ids.length > 1, `${ids.length} tokens`);
});

test("answers of another batch are never taken for one's own: each way of asking has its own ledger", (t) => {
  const { experiment, dispose } = benchOf();
  t.after(dispose);
  const names = [
    { sequences: 8 },
    { sequences: 16 },
    { sequences: 8, lanes: 2 },
    { sequences: 8, lanes: 2, sharePrefix: "list" },
  ].map((generation) => {
    const preset = { ...experiment.preset, generation: { ...experiment.preset.generation, ...generation } };
    return ledgerName({ ...experiment, preset } as typeof experiment);
  });
  assert.deepEqual(names, ["ledger-8.jsonl", "ledger-16.jsonl", "ledger-8x2.jsonl", "ledger-8x2-list.jsonl"]);
});
