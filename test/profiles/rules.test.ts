import assert from "node:assert/strict";
import { test } from "node:test";
import { profileText } from "reclm/data";
import { rulesItemTeacher, rulesTeacher } from "reclm/profiles";
import { distillationPrompt } from "reclm/prompts";
import { movieLens, movieLensMissing } from "../prompts/movieLens";
import { toyHistories, toySource } from "../prompts/toy";

test("a rules profile from counts done by hand", () => {
  const teacher = rulesTeacher(toySource);
  assert.deepEqual(teacher.profileOf(0, toyHistories[0]!), {
    identity: ["Crime Fan", "Late 1990s Film Fan", "Blockbuster Viewer"],
    interests: ["Horror films", "Crime and Sci-Fi films", "films like The Usual Suspects"],
  });
  // Without Suspects: Crime 2 of 3 (repeated); Horror and Sci-Fi 1 of 3; eras: Late 1990s twice; bands 2, 0, 1 once each:
  // (1 - 3 b) / sqrt(3 b (1 - b)) is largest for the rarest band, 2.
  assert.deepEqual(teacher.profileOf(0, [0, 1, 2]), {
    identity: ["Crime Fan", "Late 1990s Film Fan", "Hidden Gem Viewer"],
    interests: ["Horror films", "Crime and Sci-Fi films", "films like Heat"],
  });
  assert.equal(teacher.profileOf(0, []), undefined);
  assert.match(teacher.note, /age, sex and occupation are not used/);
});

test("short histories still fill three and three", () => {
  assert.deepEqual(rulesTeacher(toySource).profileOf(3, toyHistories[3]!), {
    identity: ["Romance Fan", "1970s Film Fan", "Hidden Gem Viewer"],
    interests: ["Comedy films", "films like Annie Hall", "Romance films"],
  });
});

test("an item profile: its own categories and era, and what the shown profiles share", () => {
  const shown = [
    { identity: ["Crime Fan", "x"], interests: ["films like Fargo", "y"] },
    { identity: ["y"], interests: ["films like Fargo", "z"] },
  ];
  assert.deepEqual(rulesItemTeacher(toySource).profileOf(1, shown), {
    identity: ["Late 1990s film", "Crime film", "Drama film"],
    interests: ["y", "Crime Fan", "x"],
  });
  assert.equal(rulesItemTeacher(toySource).profileOf(1, []), undefined);
});

test("MovieLens 100K: nearly all users get a profile of their own, in words that stand in the prompt", (t) => {
  const data = movieLens();
  if (!data) return t.skip(movieLensMissing);
  const teacher = rulesTeacher(data.source);
  const users = data.histories.flatMap((history, user) => (history.length > 0 ? [user] : []));
  const texts = new Set<string>();
  for (const user of users) {
    const history = data.histories[user]!;
    const profile = teacher.profileOf(user, history);
    assert.ok(profile, `user ${user}`);
    texts.add(profileText(profile));
    const prompt = distillationPrompt(data.source, history, 8).content;
    const words = profile.identity.concat(profile.interests).join(" ").split(/[ ,]+/u);
    const own = /^(Fan|Viewer|Film|films|like|and|)$/u;
    for (const word of words)
      assert.ok(own.test(word) || prompt.includes(word), `${word} is not in the prompt of ${user}`);
  }
  assert.equal(users.length, 942);
  assert.ok(texts.size >= 914, `${texts.size} distinct profiles`);
});
