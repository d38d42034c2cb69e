import assert from "node:assert/strict";
import { test } from "node:test";
import { profileText } from "reclm/data";
import { isComplete, readProfile } from "reclm/prompts";

const whole = {
  identity: ["Comedy Fan", "Late 1990s Film Fan", "Blockbuster Viewer"],
  interests: ["a", "b", "films like It"],
};

test("what is written in the format is read back whole", () => {
  assert.deepEqual(readProfile(profileText(whole)), { profile: whole, missing: [], complete: true });
  assert.deepEqual(readProfile(profileText(whole, "item"), "item"), { profile: whole, missing: [], complete: true });
});

test("a closed term is read whole, an unclosed one up to the semicolon", () => {
  const long = { ...whole, interests: ["articles like Short; title", "b", "c"] };
  assert.deepEqual(readProfile(profileText(long)), { profile: long, missing: [], complete: true });
  const open = readProfile("User identity: [a; User interests: [b; c").profile;
  assert.deepEqual(open, { identity: ["a"], interests: ["b"] });
});

test("the strict format", () => {
  const good = "User identity: [a], [b], [c]; User interests: [d], [e], [f].";
  assert.equal(isComplete(`  ${good}\n`), true);
  assert.equal(isComplete("User identity: [Amélie], [日本], [c]; User interests: [d], [e], [f]."), true);
  for (const bad of [
    "",
    good.slice(0, -1),
    good.replace("[c]", "[ ]"),
    good.replace("[c]", "[c"),
    good.replace(", [c]", ""),
    good.replace("[f]", "[f], [g]"),
    good.replace("[a]", "[[a]]"),
    good.replace("User identity", "Item identity"),
    good.replace("User identity", "user identity"),
    `${good} ${good}`,
    `${good}\n${good}`,
    `Sure! ${good}`,
    "User identity: [Identity 1], [Identity 2], [Identity 3]; User interests: [Interest 1], [Interest 2], [Interest 3].",
    good.replace("[e]", "[ interests 2 ]"),
  ]) {
    assert.equal(isComplete(bad), false, bad);
  }
  assert.equal(isComplete(good, "item"), false);
});

test("broken answers give what can be read and say what is missing", () => {
  const read = (text: string) => {
    const { profile, missing } = readProfile(text);
    return [profile?.identity ?? [], profile?.interests ?? [], missing];
  };
  assert.deepEqual(read("User interests: [d], [e], [f]; User identity: [a], [b], [c]."), [
    ["a", "b", "c"],
    ["d", "e", "f"],
    [],
  ]);
  assert.deepEqual(read("user identity: a, b; interests: d; e"), [
    ["a", "b"],
    ["d", "e"],
    ["identity 3", "interests 3"],
  ]);
  assert.deepEqual(read("User identity: [a], [b], [c; User interests: [d], [e], [f"), [
    ["a", "b", "c"],
    ["d", "e", "f"],
    ["a closing bracket", "a closing bracket"],
  ]);
  assert.deepEqual(read("User identity: [a], [a], [Identity 2]; User interests: [d], [], [...]"), [
    ["a"],
    ["d"],
    ["identity 2", "identity 3", "interests 2", "interests 3"],
  ]);
  const doubled = "User identity: [a], [b], [c]; User identity: [x], [y], [z]; User interests: [d], [e], [f].";
  assert.deepEqual(read(doubled), [["a", "b", "c"], ["d", "e", "f"], []]);
  assert.deepEqual(
    read("Here you are:\n**User identity:** [a], [b], [c]\n**User interests:** [d], [e], [f]\nBye [now]"),
    [["a", "b", "c"], ["d", "e", "f"], []],
  );
  assert.deepEqual(read("User identity:\n- a\n- b\nUser interests:\n- [d]\n- [e]\n- [f]"), [
    ["a", "b"],
    ["d", "e", "f"],
    ["identity 3"],
  ]);
  assert.deepEqual(read("User identity: [a]; User interests: [d], [e]\nBye [now]"), [
    ["a"],
    ["d", "e"],
    ["identity 2", "identity 3", "interests 3"],
  ]);
  assert.deepEqual(read("User identity: [a], [b], [c], [d]; User interests: [e], [f], [g]."), [
    ["a", "b", "c"],
    ["e", "f", "g"],
    [],
  ]);
  assert.deepEqual(read("User identity：［ａ］, [ b ], [c]; User interests: [d], [e], [f]."), [
    ["a", "b", "c"],
    ["d", "e", "f"],
    [],
  ]);
});

test("answers without a term in each half give no profile", () => {
  assert.deepEqual(readProfile(""), {
    missing: ["identity label", "identity", "interests label", "interests"],
    complete: false,
  });
  assert.deepEqual(readProfile("User identity: ").missing, ["identity", "interests label", "interests"]);
  assert.equal(readProfile("User identity: [a], [b], [c]").profile, undefined);
  assert.equal(readProfile(".").profile, undefined);
  assert.equal(readProfile(`User identity: [${"x".repeat(81)}]; User interests: [d]`).profile, undefined);
  assert.equal(readProfile("[".repeat(5000)).profile, undefined);
});

test("of several lines the first is the target's", () => {
  const text =
    "User identity: [a], [b], [c]; User interests: [d], [e], [f].\nUser identity: [g], [h]; User interests: [i].";
  assert.deepEqual(readProfile(text).profile, { identity: ["a", "b", "c"], interests: ["d", "e", "f"] });
});
