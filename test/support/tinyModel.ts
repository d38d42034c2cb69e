import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type TinyModelOptions, writeTinyModel } from "reclm/llm";

/** A folder of its own that is deleted after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "reclm-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Path of a tiny random llama in a folder that is deleted after the test. */
export async function tinyModel(t: TestContext, options: TinyModelOptions): Promise<string> {
  const path = join(await temporaryFolder(t), "tiny.gguf");
  await writeTinyModel(path, options);
  return path;
}
