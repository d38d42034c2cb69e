import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "reclm/llm";
import {
  coldItemPrompt,
  distillationPrompt,
  itemAttributePrompt,
  newsWords,
  plainTitle,
  promptSource,
  twoTurnDialogue,
  userAttributePrompt,
  userProfilePrompt,
  warmItemPrompt,
} from "reclm/prompts";
import { toyHistories, toySource } from "./toy";

const limits = { targetItems: 3, neighbourItems: 2 };
const profile = { identity: ["a", "b", "c"], interests: ["d", "e", "f"] };
const other = { identity: ["g", "h", "i"], interests: ["d", "k", "films like Fargo"] };

function lines(message: Message | undefined): readonly string[] {
  return message!.content.split("\n");
}

test("the distillation prompt shows one user's items, newest first, and ends with the instruction", () => {
  assert.deepEqual(lines(distillationPrompt(toySource, toyHistories[0]!, 3)), [
    "The films that a user liked, newest first:",
    "- The Usual Suspects (1995): Crime, Thriller",
    "- Heat (1995): Action, Crime",
    "- Fargo (1996): Crime, Drama",
    "Statistics: genres Crime, Horror, Sci-Fi; era Late 1990s; audience Blockbuster.",
    "Write the profile of this user in exactly this form: User identity: [Identity 1], [Identity 2], [Identity 3]; User interests: [Interest 1], [Interest 2], [Interest 3].",
  ]);
  assert.throws(() => distillationPrompt(toySource, [], 3), RangeError);
});

test("a two-turn dialogue has the system prompt, all profiles and the question; the candidate is shown by a neighbour", () => {
  const history = Int32Array.of(0, 1, 3);
  const plan = { target: 0, history, neighbours: [1], candidate: 2, answer: "Yes", asksFor: "all" } as const;
  const dialogue = twoTurnDialogue(toySource, plan, [profile, other], limits);
  assert.deepEqual(
    dialogue.map((message) => message.role),
    ["system", "user", "assistant", "user", "assistant"],
  );
  assert.equal(
    dialogue[0]!.content,
    "You recommend films by collaborative filtering: users who liked the same films tend to like the same films again. First you write profiles of users, then you may be asked whether a user will like an item.",
  );
  assert.deepEqual(lines(dialogue[1]), [
    "The films that users liked, newest first.",
    "User 1 liked:",
    "- The Usual Suspects (1995): Crime, Thriller",
    "- Fargo (1996): Crime, Drama",
    "- Alien (1979): Horror, Sci-Fi",
    "Statistics: genres Crime, Horror, Sci-Fi; era Late 1990s; audience Blockbuster.",
    "User 2, a similar user, liked:",
    "- Toy Story (1995): Animation, Comedy",
    "- Heat (1995): Action, Crime",
    "Statistics: genres Crime, Action, Animation; era Late 1990s; audience Mainstream.",
    "Write the profiles of User 1 to User 2, one line each, in exactly this form: User identity: [Identity 1], [Identity 2], [Identity 3]; User interests: [Interest 1], [Interest 2], [Interest 3].",
  ]);
  assert.deepEqual(lines(dialogue[2]), [
    "User identity: [a], [b], [c]; User interests: [d], [e], [f].",
    "User identity: [g], [h], [i]; User interests: [d], [k], [films like Fargo].",
  ]);
  assert.equal(dialogue[3]!.content, "Will User 1 like this film: Heat (1995): Action, Crime? Answer Yes or No only.");
  assert.equal(dialogue[4]!.content, "Yes");
  assert.throws(() => twoTurnDialogue(toySource, plan, [profile], limits), /2 profiles are needed, 1 given/);
});

test("a dialogue that asks for the target alone begins as the user profile prompt does, and answers with one profile", () => {
  const history = Int32Array.of(0, 1, 3);
  const plan = { target: 0, history, neighbours: [1], candidate: 2, answer: "No", asksFor: "target" } as const;
  const dialogue = twoTurnDialogue(toySource, plan, [profile], limits);
  assert.deepEqual(dialogue.slice(0, 2), userProfilePrompt(toySource, plan, limits));
  assert.deepEqual(lines(dialogue[2]), ["User identity: [a], [b], [c]; User interests: [d], [e], [f]."]);
  assert.equal(dialogue[3]!.content, "Will User 1 like this film: Heat (1995): Action, Crime? Answer Yes or No only.");
  assert.throws(() => twoTurnDialogue(toySource, plan, [profile, other], limits), /1 profiles are needed, 2 given/);
});

test("the user profile prompt shows what a first turn shows and asks for the target alone", () => {
  const group = { history: toyHistories[0]!, neighbours: [1, 2] };
  const [system, user] = userProfilePrompt(toySource, group, limits);
  assert.equal(system!.role, "system");
  assert.equal(lines(user).filter((line) => line.endsWith("a similar user, liked:")).length, 2);
  assert.equal(
    lines(user).at(-1),
    "Write the profile of User 1 in exactly this form: User identity: [Identity 1], [Identity 2], [Identity 3]; User interests: [Interest 1], [Interest 2], [Interest 3].",
  );
});

test("titles stand on one line without square brackets, and are not rearranged", () => {
  const titles = ["[Heat]", "City of  Lost\nChildren ", "Kiss Me, Guido", "Ice Storm, The"];
  assert.deepEqual(
    titles.map((title) => plainTitle({ id: "x", title, categories: [] })),
    ["(Heat)", "City of Lost Children", "Kiss Me, Guido", "Ice Storm, The"],
  );
});

test("item prompts: warm from users' profiles, cold from similar items; abstracts are shown, cut", () => {
  assert.deepEqual(lines(warmItemPrompt(toySource, 1, [profile, other])), [
    "The film: Fargo (1996): Crime, Drama",
    "Profiles of users who liked this film:",
    "- User identity: [a], [b], [c]; User interests: [d], [e], [f].",
    "- User identity: [g], [h], [i]; User interests: [d], [k], [films like Fargo].",
    "Statistics: era Late 1990s; genres Crime, Drama; liked by d, a, b.",
    "Write the profile of this film in exactly this form: Item identity: [Identity 1], [Identity 2], [Identity 3]; Item interests: [Interest 1], [Interest 2], [Interest 3].",
  ]);
  assert.deepEqual(lines(coldItemPrompt(toySource, 1, [{ item: 2, profile }])).slice(1, 4), [
    "Similar films and their profiles:",
    "- Heat (1995): Action, Crime. Item identity: [a], [b], [c]; Item interests: [d], [e], [f].",
    "Statistics: era Late 1990s; genres Crime, Drama; liked by d, e, f.",
  ]);
  assert.throws(() => warmItemPrompt(toySource, 1, []), RangeError);
  assert.throws(() => coldItemPrompt(toySource, 1, []), RangeError);
  const article = {
    id: "n",
    title: "A [new] law",
    categories: ["['politics']"],
    abstract: `${"long ".repeat(60)}tail`,
  };
  const news = promptSource({ size: 1, item: () => article }, [Int32Array.of(0)], newsWords);
  const [title, about] = lines(warmItemPrompt(news, 0, [profile]));
  assert.equal(title, "The article: A (new) law: ('politics')");
  assert.equal(about!.length, "About: ".length + 239);
});

test("LLMRec's attributes are asked of one user's items, newest first, or of one item", () => {
  assert.deepEqual(lines(userAttributePrompt(toySource, toyHistories[0]!, 3)), [
    "The films that a user liked, newest first:",
    "- The Usual Suspects (1995): Crime, Thriller",
    "- Heat (1995): Action, Crime",
    "- Fargo (1996): Crime, Drama",
    `Guess this user's attributes from them, none of them "unknown", and answer in this form alone: {'age': ..., 'gender': ..., 'liked genre': ..., 'disliked genre': ..., 'liked directors': ..., 'country': ..., 'language': ...}`,
  ]);
  assert.deepEqual(lines(itemAttributePrompt(toySource, 1)), [
    "The film: Fargo (1996): Crime, Drama",
    "Tell its director, country, language, and answer in this form alone: director::country::language",
  ]);
  assert.throws(() => userAttributePrompt(toySource, [], 2), /the history is empty/);
});
