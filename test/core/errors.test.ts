import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError, messageOf, MissingInputError } from "reclm/core";

test("InputError says file, line and field, and is a SyntaxError", () => {
  const error = new InputError("u.data", 7, "rating", '"x" is not a number');
  assert.ok(error instanceof SyntaxError);
  assert.equal(error.name, "InputError");
  assert.equal(error.message, 'Cannot read u.data, line 7, field rating: "x" is not a number');
  assert.deepEqual([error.file, error.line, error.field], ["u.data", 7, "rating"]);
  assert.match(String(error.stack), /^InputError: Cannot read|^SyntaxError: Cannot read/);
});

test("MissingInputError says what is missing and what to run", () => {
  const error = new MissingInputError("the neighbours", "run notebook 02 first");
  assert.equal(error.name, "MissingInputError");
  assert.equal(error.message, "Cannot find the neighbours: run notebook 02 first");
  assert.ok(error instanceof Error && !(error instanceof SyntaxError));
});

test("messageOf() reads anything thrown", () => {
  assert.equal(messageOf(new RangeError("too far")), "too far");
  assert.equal(messageOf("plain"), "plain");
  assert.equal(messageOf(undefined), "undefined");
});
