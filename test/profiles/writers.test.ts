import assert from "node:assert/strict";
import { test } from "node:test";
import { csrOfPairs, matrixOf, transposed } from "reclm/core";
import { profileText, type ProfileSet } from "reclm/data";
import type { Message } from "reclm/llm";
import {
  audienceOf,
  coverageOf,
  nearestItems,
  writeItemProfiles,
  writePlanProfiles,
  writeUserProfiles,
  type AskAll,
} from "reclm/profiles";
import { distillationPrompt, type DialoguePlan } from "reclm/prompts";
import { toyHistories, toySource } from "../prompts/toy";

const profile = { identity: ["a", "b", "c"], interests: ["d", "e", "f"] };
const good = profileText(profile);
const promptOf = (history: ArrayLike<number>): readonly Message[] => [distillationPrompt(toySource, history, 8)];

/** Answers from a function of the last message, and keeps what was asked. */
function scripted(answer: (prompt: string) => string): { readonly ask: AskAll; readonly asked: string[][] } {
  const asked: string[][] = [];
  const ask: AskAll = (dialogues) => {
    const prompts = dialogues.map((dialogue: readonly Message[]) => dialogue.at(-1)!.content);
    asked.push(prompts);
    return Promise.resolve(prompts.map((prompt) => ({ text: answer(prompt), finish: "stop" })));
  };
  return { ask, asked };
}

test("unusable answers are asked once more, then left undefined and counted", async () => {
  const first = scripted((prompt) => (prompt === "0" ? good : "."));
  const again = scripted((prompt) => (prompt === "1" ? "User identity: [x]; User interests: [y]" : "User identity: "));
  const written = await writeUserProfiles({
    writer: "GPT_KD",
    total: 5,
    users: [0, 1, 2, 4],
    promptOf: (user) => (user === 4 ? undefined : [{ role: "user", content: String(user) }]),
    asks: [first.ask, again.ask],
  });
  assert.deepEqual(first.asked, [["0", "1", "2"]]);
  assert.deepEqual(again.asked, [["1", "2"]]);
  assert.deepEqual(written.set, {
    side: "user",
    writer: "GPT_KD",
    profiles: [profile, { identity: ["x"], interests: ["y"] }, undefined, undefined, undefined],
  });
  assert.deepEqual(written.unusable, [2]);
  assert.deepEqual(written.unasked, [4]);
  assert.deepEqual(
    written.answers.map(({ index, attempts, completeAtFirst }) => [index, attempts, completeAtFirst]),
    [
      [0, 1, true],
      [1, 2, false],
      [2, 2, false],
    ],
  );
  assert.deepEqual(coverageOf(written.set), { total: 5, written: 2, share: 0.4, missing: [2, 3, 4] });
  assert.equal(coverageOf({ side: "item", writer: "", profiles: [] }).share, 0);
});

test("an answer too few is an error, and a stopped job writes nothing", async () => {
  const base = { writer: "x", total: 1, users: [0], promptOf: () => [{ role: "user" as const, content: "0" }] };
  const none: AskAll = () => Promise.resolve([]);
  await assert.rejects(writeUserProfiles({ ...base, asks: [none] }), /1 dialogues were asked, 0 answers came/);
  const stopped = scripted(() => good);
  const signal = AbortSignal.abort(new Error("interrupted"));
  await assert.rejects(writeUserProfiles({ ...base, asks: [stopped.ask] }, { signal }), /interrupted/);
  assert.deepEqual(stopped.asked, []);
});

test("items: warm ones from their users, then cold ones from similar items that have a profile by then", async () => {
  const { ask, asked } = scripted((prompt) =>
    prompt.includes("The film: Heat") ? "" : good.replaceAll("User", "Item"),
  );
  const userProfiles: ProfileSet = { side: "user", writer: "x", profiles: [profile, undefined, undefined, undefined] };
  const usersOf = transposed(csrOfPairs(4, 6, [0, 0, 1, 2], [1, 2, 3, 4]));
  const embeddings = matrixOf(6, 1, Float32Array.of(1, 1, 1, 1, 1, -1));
  const written = await writeItemProfiles({
    writer: "GPT_KD",
    source: toySource,
    items: [0, 1, 2, 3],
    audienceOf: (item) => audienceOf(usersOf, item, 4, (user) => userProfiles.profiles[user] !== undefined, 1),
    userProfiles,
    similarOf: (item, hasProfile) => nearestItems(embeddings, item, 2, hasProfile),
    asks: [ask],
  });
  assert.equal(asked.length, 2);
  assert.deepEqual(
    asked.map((prompts) => prompts.map((prompt) => prompt.split("\n")[0])),
    [
      ["The film: Fargo (1996): Crime, Drama", "The film: Heat (1995): Action, Crime"],
      ["The film: Alien (1979): Horror, Sci-Fi", "The film: The Usual Suspects (1995): Crime, Thriller"],
    ],
  );
  assert.match(
    asked[1]![0]!,
    /Similar films and their profiles:\n- Fargo \(1996\): Crime, Drama\. Item identity: \[a\]/,
  );
  assert.doesNotMatch(asked[1]![0]!, /- Heat/, "its answer was unusable");
  assert.deepEqual(written.unusable, [2]);
  assert.deepEqual(
    written.set.profiles.map((entry) => entry !== undefined),
    [true, true, false, true, false, false],
  );
});

test("audiences are seeded and eligible; nearest items by cosine, ties by index, never the item", () => {
  const usersOf = transposed(csrOfPairs(6, 1, [0, 1, 2, 3, 4, 5], [0, 0, 0, 0, 0, 0]));
  const even = (user: number): boolean => user % 2 === 0;
  assert.deepEqual(audienceOf(usersOf, 0, 2, even, 1), audienceOf(usersOf, 0, 2, even, 1));
  assert.deepEqual([...audienceOf(usersOf, 0, 9, even, 1)].sort(), [0, 2, 4]);
  assert.deepEqual(
    audienceOf(usersOf, 0, 9, () => false, 1),
    [],
  );
  const embeddings = matrixOf(4, 2, Float32Array.of(1, 0, 1, 1, 0, 0, 2, 2));
  assert.deepEqual(
    nearestItems(embeddings, 0, 3, () => true),
    [1, 3, 2],
  );
  assert.deepEqual(
    nearestItems(embeddings, 0, 3, (item) => item !== 1),
    [3, 2],
  );
});

test("profiles for dialogues: each history is asked once, the target's without its candidate", async () => {
  const { ask, asked } = scripted((prompt) => (prompt.includes("Fargo") ? good : "."));
  const plan = (target: number, history: number[], neighbours: number[], candidate: number): DialoguePlan => ({
    target,
    history: Int32Array.from(history),
    neighbours,
    candidate,
    answer: "Yes",
    asksFor: "all",
  });
  const plans = [plan(0, [0, 1, 2], [1, 2], 3), plan(2, [3, 4], [1, 0], 5)];
  const { profileOf, asked: count, unusable } = await writePlanProfiles(toySource, plans, promptOf, ask);
  const prompts = [[0, 1, 2], toyHistories[1]!, toyHistories[2]!, [3, 4], toyHistories[0]!].map(
    (history) => promptOf(history)[0]!.content,
  );
  assert.deepEqual(asked, [prompts]);
  assert.deepEqual([count, unusable], [5, 2]);
  assert.deepEqual(profileOf(0, [0, 1, 2]), profile);
  assert.equal(profileOf(2, [3, 4]), undefined);
  assert.equal(profileOf(0, [0, 1]), undefined, "never asked");
  const alone = { ...plans[0]!, asksFor: "target" } as const;
  assert.equal(
    (await writePlanProfiles(toySource, [alone], promptOf, ask)).asked,
    1,
    "neighbours' profiles are not needed",
  );
});
