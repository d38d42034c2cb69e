// Expected values: test/reference/peft/peft_writes.py and peft_reads.py (torch, transformers' sequence classification, PEFT).
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { hashFile } from "reclm/core";
import { loadLanguageModel, writeAdapterPeft, type LanguageModel } from "reclm/llm";
import { readRewardPeft, scoreSequences, writeRewardPeft } from "reclm/tuning";
import type { JsonDialogue } from "../support/peft";
import { rewardForPeft } from "../support/peftFolders";
import { temporaryFolder } from "../support/tinyModel";
import { writeTinyLlama } from "../support/tinyLlama";

interface Shared {
  readonly dialogues: readonly JsonDialogue[];
}

interface Written extends Shared {
  readonly score: { readonly config: string; readonly weights: string; readonly scores: readonly number[] };
}

interface Read extends Shared {
  readonly reward: { readonly sha256: Readonly<Record<string, string>>; readonly scores: readonly number[] };
}

function reference<T>(name: string): T {
  return JSON.parse(readFileSync(join(process.cwd(), "test/reference/peft", name), "utf8")) as T;
}

const idsOf = ({ dialogues }: Shared): Int32Array[] => dialogues.map(({ ids }) => Int32Array.from(ids));

let folder: string;
let model: LanguageModel;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "reclm-"));
  await writeTinyLlama(join(folder, "tiny.gguf"));
  model = await loadLanguageModel(join(folder, "tiny.gguf"));
});

after(() => {
  model.dispose();
  rmSync(folder, { recursive: true });
});

test("a reward model that PEFT has saved scores as transformers does", async (t) => {
  const expected = reference<Written>("peft_writes.json");
  const at = await temporaryFolder(t);
  await writeFile(join(at, "adapter_config.json"), expected.score.config);
  await writeFile(join(at, "adapter_model.safetensors"), Buffer.from(expected.score.weights, "base64"));
  const found = await scoreSequences(model, await readRewardPeft(at, model), idsOf(expected));
  expected.score.scores.forEach((score, i) =>
    assert.ok(Math.abs(found[i]! - score) < 1e-4, `${found[i]}, not ${score}`),
  );
});

test("a reward model written here is the one PEFT has loaded; its logits are our scores less the offset", async (t) => {
  const expected = reference<Read>("peft_reads.json");
  const at = await temporaryFolder(t);
  const reward = rewardForPeft(model);
  await writeRewardPeft(at, reward, { layout: model.config, baseModel: "tiny-llama" });
  for (const [name, sha256] of Object.entries(expected.reward.sha256)) {
    assert.equal(await hashFile(join(at, name)), sha256, name);
  }
  const { offset } = JSON.parse(await readFile(join(at, "reward.json"), "utf8")) as { readonly offset: number };
  // 1.75 * 0.3 - 0.4
  assert.ok(Math.abs(offset - 0.125) < 1e-6);
  const [ours, again] = [
    await scoreSequences(model, reward, idsOf(expected)),
    await scoreSequences(model, await readRewardPeft(at, model), idsOf(expected)),
  ];
  expected.reward.scores.forEach((logit, i) => {
    assert.ok(Math.abs(ours[i]! - (logit + offset)) < 1e-4, `${ours[i]}, not ${logit} + ${offset}`);
    assert.ok(Math.abs(again[i]! - ours[i]!) < 1e-5);
  });
});

test("a reward model is refused without a head, on other weights, and with a damaged reward.json", async (t) => {
  const at = await temporaryFolder(t);
  const reward = rewardForPeft(model);
  const options = { layout: model.config, baseModel: "tiny-llama" };
  await writeAdapterPeft(at, { adapter: reward.adapter }, options);
  await assert.rejects(readRewardPeft(at, model), /its adapter has no head "score"/);
  await writeRewardPeft(at, { ...reward, base: "0" }, options);
  await assert.rejects(readRewardPeft(at, model), { name: "RangeError", message: /trained on weights 0, not/ });
  await writeFile(join(at, "reward.json"), '{"offset":"0"}');
  await assert.rejects(readRewardPeft(at, model), { name: "SyntaxError", message: /reward\.json: a number "offset"/ });
  await rm(join(at, "reward.json"));
  assert.equal((await readRewardPeft(at, model)).bias, 0);
});
