import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { loadLanguageModel } from "reclm/llm";
import { assertEqualsPeft, noiseAdapter, readReference, type PeftCase } from "../support/peft";

interface SmolReference extends PeftCase {
  readonly model: string;
  readonly rank: number;
  readonly alpha: number;
  readonly scaleB: number;
}

// The file as its publisher made it, so that the reference depends on no code of ours.
const path = join(process.cwd(), "data/models/SmolLM2-135M-Instruct.Q4_1.gguf");

test("SmolLM2-135M equals transformers + PEFT: logits, loss and gradients", async (t) => {
  if (!existsSync(path)) return t.skip("data/models/SmolLM2-135M-Instruct.Q4_1.gguf is not there: npm run setup");
  const model = await loadLanguageModel(path);
  for (const name of ["64", "512", "3_padded"]) {
    const reference = readReference<SmolReference>(`transformer_smollm2_${name}.json`);
    await t.test(`${reference.name} tokens`, async () => {
      await assertEqualsPeft(model, noiseAdapter(model, reference.targets, reference), reference);
    });
  }
  model.dispose();
});
