import { prngOf, randomInt } from "reclm/core";
import { openTokenizer, promptIds } from "reclm/llm";
import { filmWords, systemPrompt, userFormat } from "reclm/prompts";

const nouns =
  "river night garden winter letter harbour stranger mountain summer promise train island mirror road song".split(" ");
const qualities =
  "silent golden last broken hidden distant red long lost second quiet burning endless small early".split(" ");
const genres = "Drama Comedy Thriller Romance Action Adventure Crime War Mystery Western".split(" ");

/** Prompts as the project asks for profiles of users: one system text, then films of their own; all of about `tokens` tokens. */
export async function profilePrompts(modelPath, count, tokens, seed) {
  const tokenizer = await openTokenizer(modelPath);
  try {
    return Array.from({ length: count }, (_, user) => grown(tokenizer, tokens, prngOf(seed, "bench", "prompt", user)));
  } finally {
    await tokenizer.dispose();
  }
}

function grown(tokenizer, tokens, prng) {
  const lines = [];
  let ids = idsOf(tokenizer, lines);
  while (ids.length < tokens) {
    lines.push(filmLine(prng));
    ids = idsOf(tokenizer, lines);
  }
  return ids;
}

function idsOf(tokenizer, lines) {
  const content = [
    "The films that users liked, newest first.",
    "User 1 liked:",
    ...lines,
    `Write the profile of User 1 in exactly this form: ${userFormat}`,
  ].join("\n");
  return promptIds(tokenizer, [systemPrompt(filmWords), { role: "user", content }]);
}

function filmLine(prng) {
  const one = (list) => list[randomInt(prng, list.length)];
  const title = `The ${one(qualities)} ${one(nouns)} of the ${one(qualities)} ${one(nouns)}`;
  return `- ${title} (${1930 + randomInt(prng, 70)}). Genres: ${one(genres)}, ${one(genres)}.`;
}

/** Tokens that all of the lists begin with. */
export function commonLength(lists) {
  const [first, ...others] = lists;
  const end = first.findIndex((id, t) => others.some((other) => other[t] !== id));
  return end < 0 ? first.length : end;
}

/** The same lists, each beginning with tokens of its own in the place of what all have in common. */
export function withoutCommonBeginning(lists) {
  const common = commonLength(lists);
  return lists.map((ids, i) =>
    Int32Array.from([...ids.subarray(common), ...ids.subarray(0, common)], (id, t) => (t === 0 ? 1000 + i : id)),
  );
}
