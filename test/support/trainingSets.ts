import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openTokenizer, trainingTemplate, writeTinyModel } from "reclm/llm";
import type { PreferencePair } from "reclm/prompts";
import { writeConversations, writePreferences, writePrompts, type NamedMessages } from "reclm/tuning";

/**
 * Tuning examples of the toy data set, one turn and two, with odd texts; preference pairs; prompts. Kept as they once were, so that
 * other words in a prompt do not call for Python.
 */
export const { conversations, pairs, prompts } = JSON.parse(
  readFileSync(join(process.cwd(), "test/reference/peft/training_sets.json"), "utf8"),
) as {
  readonly conversations: readonly NamedMessages[];
  readonly pairs: readonly PreferencePair[];
  readonly prompts: readonly NamedMessages[];
};

/** Writes the three sets. */
export async function writeTrainingSets(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeConversations(join(folder, "conversations.jsonl"), conversations);
  await writePreferences(join(folder, "preferences.jsonl"), pairs);
  await writePrompts(join(folder, "prompts.jsonl"), prompts);
}

/** Writes the training template of a model beside them. */
export async function writeTemplate(folder: string, name: string, modelPath: string): Promise<void> {
  const tokenizer = await openTokenizer(modelPath);
  await writeFile(join(folder, `${name}.jinja`), trainingTemplate(tokenizer));
  await tokenizer.dispose();
}

async function main(folder: string, smollm2: string): Promise<void> {
  await writeTrainingSets(folder);
  await writeTinyModel(join(folder, "tiny.gguf"), { seed: 1 });
  await writeTemplate(folder, "tiny", join(folder, "tiny.gguf"));
  await writeTemplate(folder, "smollm2", smollm2);
}

// node .cache/test/support/trainingSets.js FOLDER SMOLLM2.gguf: what test/reference/peft/trl_reads.py reads.
if (require.main === module) void main(resolve(process.argv[2]!), process.argv[3]!);
