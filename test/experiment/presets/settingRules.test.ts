import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Json } from "reclm/core";
import { presetNames, presetOf, readPresetFile } from "reclm/experiment";

/** Reads a preset that changes one setting ("ppo.steps") of another. */
function reading(t: TestContext, like: string, setting: string, value: Json) {
  const folder = mkdtempSync(join(tmpdir(), "rules-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "own.json");
  const change = setting.split(".").reduceRight((inner: Json, key) => ({ [key]: inner }), value);
  writeFileSync(path, JSON.stringify({ name: "own", like, ...(change as object) }));
  return readPresetFile(path);
}

const refused: Readonly<Record<string, readonly Json[]>> = {
  label: [1],
  commitsStages: ["yes"],
  "split.testShare": [0, 1, "0.2"],
  "split.folds": [1, 2.5],
  fold: [-1, 0.5, 5],
  "neighbours.of": ["users", true, null],
  "mask.steps": [0, 0.5, "3", null],
  "mask.items": [-1],
  "mask.learningRate": [0, -1],
  "prompts.targetShare": [-0.1, 1.1],
  "prompts.dialogueProfiles": ["techer", 1, null],
  "prompts.candidates": ["held out"],
  "prompts.leastItems": [0, "1"],
  "reward.normalisingAnswers": [1],
  "ppo.klCoef": [-1],
  "ppo.batch": [7],
  "ppo.maxTokens": [2048],
  "generation.threads": [{}, null, "all", 0, 1.5],
  "generation.lanes": [0, 17],
  "generation.maxTokens": [2048],
  "generation.sharePrefix": ["all", true],
  "recommenders.models": [["LightGCM"], "LightGCN", [], [["SGL"]], null, ["LightGCN", "LightGCN"], ["SGL"]],
  "bases.texts": [["tfidf"]],
  "ablation.variants": [["Mask", "Recl"], [1]],
  "ablation.sides": [["users"]],
  "ablation.users": [0.5],
  "ablation.runSeeds": [[], [-1], ["1"], 1, [1, 2, 2]],
  "fusions.recommender": ["toString"],
  "fusions.folds": [[0, 5], [0.5]],
  "efficiency.sizes": [
    [],
    [{}],
    [{ name: "a", users: 1, items: 1, pairs: 1, rounds: 0, warmUp: 0 }],
    [null],
    [{ name: "a", users: 9, items: 9, pairs: 17, rounds: 1, warmUp: 0 }],
  ],
  notebooks: [[], [1], "01-data"],
  "model.lora.dropout": [1],
  "model.contextTokens": [0],
  "data.minRating": ["4"],
  "data.sample": [
    { users: 2, keep: [1] },
    { users: 2, leastPairs: 1 },
  ],
};

for (const [setting, values] of Object.entries(refused)) {
  test(`${setting}: what it must not be is refused, whatever the preset is like`, async (t) => {
    for (const like of ["smoke", "quick"]) {
      for (const value of values) {
        await assert.rejects(reading(t, like, setting, value), (error: unknown) => {
          assert.ok(error instanceof SyntaxError, `${JSON.stringify(value)}: ${String(error)}`);
          assert.ok(error.message.includes(`: ${setting}`), error.message);
          return true;
        });
      }
    }
  });
}

test("every preset's own settings are what settings must be", async (t) => {
  for (const { data: _, name, model, teacher: __, ...settings } of presetNames.map(presetOf)) {
    for (const [setting, value] of Object.entries(settings)) {
      await assert.doesNotReject(reading(t, "quick", setting, value as Json), `${name}: ${setting}`);
    }
    const { contextTokens, lora } = model;
    await assert.doesNotReject(reading(t, "quick", "model", { contextTokens, lora }), name);
  }
});
