import assert from "node:assert/strict";
import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { prngOf } from "reclm/core";
import {
  initialAdapter,
  loadLanguageModel,
  openGenerator,
  readAdapterStack,
  writeAdapterGguf,
  writeAdapterStack,
} from "reclm/llm";
import { temporaryFolder, tinyModel } from "../support/tinyModel";

async function stackOf(t: TestContext) {
  const folder = await temporaryFolder(t);
  const basePath = await tinyModel(t, { seed: 1 });
  const model = await loadLanguageModel(basePath);
  t.after(() => model.dispose());
  const paths: string[] = [];
  for (const [k, rank] of [4, 2].entries()) {
    const lora = { rank, alpha: 2 * rank, dropout: 0, targets: ["attn_q"] } as const;
    const path = join(folder, `adapter-${k}.gguf`);
    await writeAdapterGguf(path, initialAdapter(model.config, lora, prngOf(k, "adapter")), { architecture: "llama" });
    paths.push(path);
  }
  const adapters = [
    { name: "gpt-kd", path: paths[0]! },
    { name: "mask", path: paths[1]! },
  ];
  const written = join(folder, "stack");
  const parts = { name: "Mask", basePath, adapters, record: { seed: 7 } };
  return { basePath, folder: written, stack: await writeAdapterStack(written, parts) };
}

test("a stack of adapters is read back in its order, checked, and loads for generation", async (t) => {
  const { basePath, folder, stack } = await stackOf(t);
  const { paths, ...read } = await readAdapterStack(folder, basePath);
  assert.deepEqual(read, stack);
  assert.deepEqual(
    read.adapters.map(({ file, rank, alpha, targets }) => ({ file, rank, alpha, targets })),
    [
      { file: "1-gpt-kd.gguf", rank: 4, alpha: 8, targets: ["attn_q"] },
      { file: "2-mask.gguf", rank: 2, alpha: 4, targets: ["attn_q"] },
    ],
  );
  assert.deepEqual(read.record, { seed: 7 });
  const generator = await openGenerator({ modelPath: basePath, adapterPaths: paths, contextTokens: 64 });
  t.after(() => generator.dispose());
  assert.deepEqual(
    generator.adapterHashes,
    stack.adapters.map(({ sha256 }) => sha256),
  );
});

test("a changed or missing file is named", async (t) => {
  const { basePath, folder } = await stackOf(t);
  await assert.rejects(readAdapterStack(folder, await tinyModel(t, { seed: 2 })), {
    name: "InputError",
    message: /field base: .*is another file/,
  });
  await appendFile(join(folder, "2-mask.gguf"), "x");
  await assert.rejects(readAdapterStack(folder, basePath), /2-mask\.gguf is another file/);
  await rm(join(folder, "2-mask.gguf"));
  await assert.rejects(readAdapterStack(folder, basePath), /2-mask\.gguf is missing/);
});

test("a manifest that is none is refused, one that points out of its folder too", async (t) => {
  const { folder } = await stackOf(t);
  const path = join(folder, "manifest.json");
  const manifest = JSON.parse(await readFile(path, "utf8")) as { adapters: { file: string }[]; name?: string };
  const refused = async (change: unknown, message: RegExp): Promise<void> => {
    await writeFile(path, JSON.stringify(change));
    await assert.rejects(readAdapterStack(folder), { name: "InputError", message });
  };
  await refused({ ...manifest, name: 3 }, /field name/);
  await refused({ ...manifest, base: {} }, /field base/);
  await refused({ ...manifest, adapters: "all" }, /field adapters/);
  await refused({ ...manifest, adapters: [{ ...manifest.adapters[0], file: "../x.gguf" }] }, /field adapters/);
});
