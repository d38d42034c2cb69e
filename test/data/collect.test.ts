import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "reclm/core";
import { collectCatalogue, collectInteractions, type IdKind, type RawItem, type RawPair } from "reclm/data";

const films = ["10", "9", "2"].map((id, at): RawItem => ({
  line: at + 2,
  item: { id, title: `Film ${id}`, categories: [] },
}));
const fields = { user: "user id", item: "item id", rating: "rating", time: "timestamp" };

function catalogue(rows: readonly RawItem[], ids: IdKind = "whole number"): unknown {
  return collectCatalogue({ file: "films", rows, ids, fields: { id: "item id", title: "title" } });
}

function interactions(rows: readonly RawPair[], ids: IdKind = "whole number", itemIds = ["10", "9", "2"]): unknown {
  return collectInteractions({ file: "ratings", rows, itemIds, ids, fields });
}

function at(file: string, line: number, field: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof InputError);
    assert.deepEqual([error.file, error.line, error.field], [file, line, field]);
    return true;
  };
}

test("items keep the order of their file, users are sorted by number", () => {
  const rows = [
    { line: 2, user: "10", item: "9", rating: "4", time: "7" },
    { line: 3, user: "9", item: "2", rating: "0.5", time: "-1" },
    { line: 4, user: "10", item: "2", rating: "1e0", time: "6.5" },
  ];
  assert.deepEqual(interactions(rows), {
    users: Int32Array.of(1, 0, 1),
    items: Int32Array.of(1, 2, 2),
    times: Float64Array.of(7, -1, 6.5),
    ratings: Float32Array.of(4, 0.5, 1),
    userIds: ["9", "10"],
    itemIds: ["10", "9", "2"],
  });
  const named = [
    { line: 1, user: "b", item: "2", rating: "1", time: "1" },
    { line: 2, user: "B", item: "2", rating: "1", time: "1" },
    { line: 3, user: "10", item: "2", rating: "1", time: "1" },
    { line: 4, user: "9", item: "2", rating: "1", time: "1" },
  ];
  const { userIds } = interactions(named, "text") as { readonly userIds: readonly string[] };
  assert.deepEqual(userIds, ["10", "9", "B", "b"]);
});

test("columns that the data set has not are absent, not empty", () => {
  const rows = [{ line: 1, user: "u", item: "x" }];
  const file = { file: "pairs", rows, itemIds: ["x"], ids: "text", fields: { user: "who", item: "what" } } as const;
  assert.deepEqual(Object.keys(collectInteractions(file)).sort(), ["itemIds", "items", "userIds", "users"]);
});

test("an item that occurs twice is found in the item file, at its second line", () => {
  const again: RawItem = { line: 5, item: { id: "9", title: "Nine", categories: [] } };
  assert.throws(() => catalogue([...films, again]), at("films", 5, "item id"));
  assert.throws(() => catalogue([...films, again]), /item 9 of line 3 occurs again/);
});

test("a pair that occurs twice is found at its second line; the same item of another user is none", () => {
  const row = { user: "1", item: "9", rating: "4", time: "7" };
  const rows = [
    { ...row, line: 2 },
    { ...row, line: 3, user: "2" },
    { ...row, line: 4, rating: "5" },
  ];
  assert.throws(() => interactions(rows), at("ratings", 4, "row"));
  assert.throws(() => interactions(rows), /the pair of line 2 occurs again/);
});

test("ids, ratings and times that are none", () => {
  const row = { line: 7, user: "1", item: "9", rating: "4", time: "7" };
  for (const id of ["", "-1", "1.5", "007", "x", "9007199254740993"]) {
    assert.throws(() => interactions([{ ...row, user: id }]), at("ratings", 7, "user id"), id);
    assert.throws(() => interactions([{ ...row, item: id }]), at("ratings", 7, "item id"), id);
    assert.throws(() => catalogue([{ line: 3, item: { ...films[0]!.item, id } }]), at("films", 3, "item id"), id);
  }
  for (const number of ["", " ", "NaN", "Infinity", "0x10", "4,5", "1e39"]) {
    assert.throws(() => interactions([{ ...row, rating: number }]), at("ratings", 7, "rating"), number);
    assert.throws(() => interactions([{ ...row, time: number }]), at("ratings", 7, "timestamp"), number);
  }
  assert.throws(() => interactions([{ ...row, user: " " }], "text"), at("ratings", 7, "user id"));
  assert.throws(() => interactions([{ ...row, item: "3" }]), /line 7, field item id: item "3" is not in the catalogue/);
});

test("a list of item ids that repeats one is a mistake of the caller, not of a file", () => {
  const row = { line: 1, user: "1", item: "9", rating: "4", time: "7" };
  assert.throws(() => interactions([row], "whole number", ["9", "8", "9"]), {
    name: "RangeError",
    message: "Cannot index items: id 9 occurs twice",
  });
});
