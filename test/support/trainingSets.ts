import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openTokenizer, trainingTemplate, writeTinyModel } from "reclm/llm";
import { dialogueExamples, rulesTeacher, userExamples } from "reclm/profiles";
import { planDialogues, preferencePairs, userProfilePrompt, type PreferencePair } from "reclm/prompts";
import { writeConversations, writePreferences, writePrompts, type NamedMessages } from "reclm/tuning";
import { toyHistories, toyKnown, toyNeighbours, toySource } from "../prompts/toy";

const limits = { targetItems: 8, neighbourItems: 4 };
const teacher = rulesTeacher(toySource);
const users = [0, 1, 2, 3];
const profileOf = (user: number) => teacher.profileOf(user, toyHistories[user]!);
const neighboursOf = (user: number) => [...toyNeighbours.users.subarray(2 * user, 2 * user + 2)].filter((u) => u >= 0);

/** One turn each. */
const oneTurn = userExamples(toySource, teacher, users, { limits }).examples;

/** Two turns each, with a system message. */
const twoTurns = dialogueExamples(
  toySource,
  planDialogues({
    targets: users,
    histories: toyHistories,
    neighbours: toyNeighbours,
    neighbourCount: 2,
    known: toyKnown,
    seed: 5,
  }).plans,
  (user, history) => teacher.profileOf(user, history),
  { limits },
).examples;

/** What tokenizers stumble over. */
const odd: readonly NamedMessages[] = [
  {
    id: "odd texts",
    messages: [
      { role: "system", content: "" },
      { role: "user", content: "  Naïve 日本 🎬, 1234567;\n\n\ttabs, 'quotes' and \"more\" \\n {{ braces }}  " },
      { role: "assistant", content: "No, line one.\nLine two.\n\n" },
      { role: "user", content: "" },
      { role: "assistant", content: "Yes" },
    ],
  },
];

export const conversations: readonly NamedMessages[] = [...oneTurn, ...twoTurns, ...odd];

const promptMessages = (user: number) => {
  return userProfilePrompt(toySource, { history: toyHistories[user]!, neighbours: neighboursOf(user) }, limits);
};

export const pairs: readonly PreferencePair[] = preferencePairs({
  users,
  promptOf: promptMessages,
  profileOf,
  similarUsersOf: neighboursOf,
  seed: 11,
  pairsPerUser: 4,
}).pairs;

export const prompts: readonly NamedMessages[] = users.map((user) => ({
  id: `user ${user}`,
  messages: promptMessages(user),
}));

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
