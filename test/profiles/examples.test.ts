import assert from "node:assert/strict";
import { test } from "node:test";
import { profileText } from "reclm/data";
import {
  coldItemExamples,
  dialogueExamples,
  rulesItemTeacher,
  rulesTeacher,
  userExamples,
  warmItemExamples,
} from "reclm/profiles";
import { planDialogues, promptSource, filmWords } from "reclm/prompts";
import { movieLens, movieLensMissing } from "../prompts/movieLens";
import { toyHistories, toySource } from "../prompts/toy";

const limits = { targetItems: 8, neighbourItems: 4 };
const teacher = rulesTeacher(toySource);
const profileOf = (user: number) => teacher.profileOf(user, toyHistories[user]!);

test("user examples end with the teacher's profile; those that cannot be made say why", () => {
  const source = promptSource(toySource.items, [...toyHistories, new Int32Array()], filmWords);
  const silent = {
    ...teacher,
    profileOf: (user: number, items: ArrayLike<number>) => (user === 1 ? undefined : teacher.profileOf(user, items)),
  };
  const { examples, unable } = userExamples(source, silent, [0, 1, 4], { limits });
  assert.deepEqual(
    examples.map(({ id, kind, messages }) => [id, kind, messages.map((message) => message.role), messages[1]!.content]),
    [["user 0", "user", ["user", "assistant"], profileText(profileOf(0)!)]],
  );
  assert.deepEqual(unable, [
    { id: "user 1", reason: "the teacher has no profile" },
    { id: "user 4", reason: "no training history" },
  ]);
});

test("item examples, warm and cold", () => {
  const items = rulesItemTeacher(toySource);
  const warm = warmItemExamples(toySource, items, [1, 2], (item) => (item === 1 ? [0, 1] : []), profileOf);
  assert.equal(warm.examples.length, 1);
  assert.match(
    warm.examples[0]!.messages[1]!.content,
    /^Item identity: \[Late 1990s film\], \[Crime film\], \[Drama film\]; Item interests: /,
  );
  assert.deepEqual(warm.unable, [{ id: "item 2", reason: "no interacting user has a profile" }]);
  const itemProfile = { identity: ["p", "q", "r"], interests: ["s", "t", "u"] };
  const cold = coldItemExamples(
    toySource,
    items,
    [1],
    () => [2, 3],
    (item) => (item === 2 ? itemProfile : undefined),
  );
  assert.match(cold.examples[0]!.messages[1]!.content, /Item interests: \[s\], \[t\], \[u\]\.$/);
  assert.equal(
    coldItemExamples(
      toySource,
      items,
      [1],
      () => [],
      () => itemProfile,
    ).unable.length,
    1,
  );
});

test("a token budget shortens the lists of an example, not its answer", () => {
  const words = (messages: readonly { readonly content: string }[]): number =>
    messages.reduce((sum, message) => sum + message.content.split(/\s+/u).length, 0);
  const showing = (tokens: number) => ({ limits, budget: { tokens, countTokens: words } });
  const whole = userExamples(toySource, teacher, [0], { limits }).examples[0]!.messages;
  const short = userExamples(toySource, teacher, [0], showing(words(whole) - 1)).examples[0]!.messages;
  assert.equal(short[0]!.content.split("\n").length, whole[0]!.content.split("\n").length - 1);
  assert.deepEqual(short[1], whole[1]);
  assert.throws(() => userExamples(toySource, teacher, [0], showing(10)), RangeError);
});

test("MovieLens 100K: what a dialogue writes of its target owes nothing to the candidate", (t) => {
  const data = movieLens();
  if (!data) return t.skip(movieLensMissing);
  const rules = rulesTeacher(data.source);
  const targets = Array.from({ length: 200 }, (_, user) => user);
  const { histories, neighbours, known } = data;
  const { plans } = planDialogues({ targets, histories, neighbours, neighbourCount: 2, known, seed: 5 });
  const { examples, unable } = dialogueExamples(data.source, plans, (user, items) => rules.profileOf(user, items), {
    limits,
  });
  assert.equal(examples.length + unable.length, plans.length);
  assert.equal(unable.length, 0);
  examples.forEach(({ id, messages }, at) => {
    const plan = plans[at]!;
    assert.equal(id, `dialogue ${plan.target}`);
    const [first, ...others] = messages[2]!.content.split("\n");
    assert.equal(first, profileText(rules.profileOf(plan.target, plan.history)!));
    assert.equal(others.length, plan.neighbours.length);
    assert.equal(messages[4]!.content, plan.answer);
  });
});
