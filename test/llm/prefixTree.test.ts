// Expected segments are cut by hand.
import assert from "node:assert/strict";
import test from "node:test";
import { prefixTree, type Segment } from "reclm/llm";

/** `count` tokens that no other call with another `first` shares. */
const tokens = (first: number, count: number): readonly number[] => Array.from({ length: count }, (_, t) => first + t);
const sequence = (...parts: readonly (readonly number[])[]): Int32Array => Int32Array.from(parts.flat());

const segment = (sequence: number, from: number, length: number, parent: number, rest: boolean): Segment => ({
  sequence,
  from,
  length,
  parent,
  rest,
});

const everyone = tokens(1000, 20);
const pair = tokens(2000, 30);
const sequences = [
  sequence(everyone, pair, tokens(3000, 5)),
  sequence(everyone, tokens(4000, 40)),
  sequence(everyone, pair, tokens(5000, 2)),
];

test("a beginning that all share, one that two share, and three rests", () => {
  assert.deepEqual(prefixTree(sequences, [50, 40, 51]), [
    segment(0, 0, 20, -1, false),
    segment(0, 20, 30, 0, false),
    segment(0, 50, 5, 1, true),
    segment(2, 50, 2, 1, true),
    segment(1, 20, 40, 0, true),
  ]);
});

test("no shared segment reaches what must be a sequence's own", () => {
  assert.deepEqual(prefixTree(sequences, [50, 18, 51]), [
    segment(0, 0, 18, -1, false),
    segment(0, 18, 32, 0, false),
    segment(0, 50, 5, 1, true),
    segment(2, 50, 2, 1, true),
    segment(1, 18, 42, 0, true),
  ]);
  const alone = sequences.map(({ length }, i) => segment(i, 0, length, -1, true));
  assert.deepEqual(prefixTree(sequences, [0, 0, 0]), alone);
});

test("equal sequences, too little in common, one sequence, none", () => {
  const same = sequence(everyone);
  assert.deepEqual(prefixTree([same, same], [19, 19]), [
    segment(0, 0, 19, -1, false),
    segment(0, 19, 1, 0, true),
    segment(1, 19, 1, 0, true),
  ]);
  const short = [sequence(tokens(0, 15), [7]), sequence(tokens(0, 15), [8])];
  assert.deepEqual(prefixTree(short, [15, 15]), [segment(0, 0, 16, -1, true), segment(1, 0, 16, -1, true)]);
  assert.deepEqual(prefixTree([same], [19]), [segment(0, 0, 20, -1, true)]);
  assert.deepEqual(prefixTree([], []), []);
});
