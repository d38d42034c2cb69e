import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { answerAll, AnswerLedger, deferGenerator, ledgerQuery, openGenerator, type Sampling } from "reclm/llm";
import { temporaryFolder, tinyModel } from "../support/tinyModel";

const sampling: Sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxTokens: 4 };
const prompts = [Int32Array.of(3, 4, 5), Int32Array.of(6, 7)];

test("a deferred generator has the identity and the answers of one that is open", async (t) => {
  const modelPath = await tinyModel(t, { seed: 1, contextTokens: 64 });
  const options = { modelPath, contextTokens: 64, sharePrefix: "list" } as const;
  const open = await openGenerator(options);
  t.after(() => open.dispose());
  const deferred = await deferGenerator(options);
  t.after(() => deferred.dispose());
  const { modelHash, adapterHashes, sharing } = deferred;
  assert.deepEqual(
    { modelHash, adapterHashes, sharing },
    { modelHash: open.modelHash, adapterHashes: open.adapterHashes, sharing: "list" },
  );
  assert.deepEqual(await deferred.answer(prompts, sampling, [1, 2]), await open.answer(prompts, sampling, [1, 2]));
});

test("answers of a ledger are read without the model; the first that is missing opens it", async (t) => {
  const folder = await temporaryFolder(t);
  const modelPath = join(folder, "model.gguf");
  await writeFile(modelPath, "no model");
  const generator = await deferGenerator({ modelPath, contextTokens: 64 });
  t.after(() => generator.dispose());
  const ledger = await AnswerLedger.open(join(folder, "ledger.jsonl"));
  const answer = { ids: Int32Array.of(9, 2), text: "known", finish: "stop" } as const;
  await ledger.add(ledgerQuery(generator, prompts[0]!, sampling, 7).key, answer);
  assert.deepEqual(await answerAll(generator, ledger, prompts.slice(0, 1), sampling, 7), [answer]);
  await assert.rejects(answerAll(generator, ledger, prompts, sampling, 7), /Cannot load model .*model\.gguf/);
});
