import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { loadLanguageModel } from "reclm/llm";
import { assertEqualsPeft, noiseAdapter, readReference, type PeftCase } from "../support/peft";
import { writeTinyLlama } from "../support/tinyLlama";

interface TinyReference {
  readonly rank: number;
  readonly alpha: number;
  readonly scaleB: number;
  readonly cases: readonly PeftCase[];
}

test("a tiny random llama equals transformers + PEFT: logits, loss and every gradient, also of a padded batch", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "reclm-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "tiny.gguf");
  await writeTinyLlama(path);
  const reference = readReference<TinyReference>("transformer_tiny.json");
  const model = await loadLanguageModel(path);
  for (const expected of reference.cases) {
    await t.test(`${expected.name}, ${expected.targets.length} targets`, async () => {
      await assertEqualsPeft(model, noiseAdapter(model, expected.targets, reference), expected, [false, true]);
    });
  }
  model.dispose();
});
