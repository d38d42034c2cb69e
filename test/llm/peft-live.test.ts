// PEFT itself reads what was just written. Needs RECLM_PEFT_PYTHON, a Python with torch, transformers, peft and trl (docs/peft-trl.md).
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { loadLanguageModel, logits } from "reclm/llm";
import { dialoguesOf, floats, type JsonDialogue } from "../support/peft";
import { adaptersForPeft, writePeftFolders } from "../support/peftFolders";
import { temporaryFolder } from "../support/tinyModel";

interface Read {
  readonly dialogues: readonly JsonDialogue[];
  readonly positions: readonly number[];
  readonly cases: readonly { readonly name: string; readonly logits: readonly (readonly string[])[] }[];
}

const python = process.env["RECLM_PEFT_PYTHON"];

test("PEFT loads the adapters written here and gives our logits", async (t) => {
  if (python === undefined) return t.skip("RECLM_PEFT_PYTHON names no Python with PEFT (docs/peft-trl.md)");
  const folder = await temporaryFolder(t);
  await writePeftFolders(folder);
  const output = join(folder, "found.json");
  const script = join(process.cwd(), "test/reference/peft/peft_reads.py");
  await promisify(execFile)(python, [script, folder, output], { env: { ...process.env, HF_HUB_OFFLINE: "1" } });
  const { dialogues, positions, cases } = JSON.parse(await readFile(output, "utf8")) as Read;
  const model = await loadLanguageModel(join(folder, "tiny.gguf"));
  const tokenised = dialoguesOf(dialogues);
  const read = tokenised.map(({ ids }) => positions.filter((position) => position < ids.length));
  assert.equal(cases.length, Object.keys(adaptersForPeft).length);
  for (const expected of cases) {
    const found = await logits(model, adaptersForPeft[expected.name]!, tokenised, { positions: read });
    expected.logits.forEach((rows, d) => {
      rows
        .flatMap((row) => [...floats(row)])
        .forEach((value, i) => assert.ok(Math.abs(found[d]![i]! - value) < 1e-4, `${expected.name}: ${found[d]![i]}`));
    });
  }
  model.dispose();
});
