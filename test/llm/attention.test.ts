// Expected values: plain loops in 64 bits below. Through the whole model, PyTorch's: transformer-peft.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { prngOf, randomNormal, vectorLanes } from "reclm/core";

type Room = typeof import("../../lib/dist/llm/transformer/attentionChoice.js") &
  typeof import("../../lib/dist/llm/transformer/device.js") &
  typeof import("../../lib/dist/llm/transformer/fusedAttention.js") &
  typeof import("../../lib/dist/llm/transformer/productAttention.js") &
  typeof import("../../lib/dist/llm/transformer/rope.js");

const room = (name: string): unknown => require(`../../../lib/dist/llm/transformer/${name}.js`);
const parts = ["attentionChoice", "device", "fusedAttention", "productAttention", "rope"].map(room);
const { attentionOf, deviceTensorCount, download, fusedAttention, productAttention, ropeTable, scoped, upload } =
  Object.assign({}, ...parts) as Room;

const [heads, kvHeads, headWidth] = [4, 2, 6] as const;
const config = { heads, kvHeads, headWidth } as Parameters<typeof fusedAttention>[1];
/** A beginning with two continuations, one of which goes on, and a dialogue by itself. */
const spans = [
  { start: 0, length: 70, parent: -1, before: 0 },
  { start: 70, length: 150, parent: 0, before: 70 },
  { start: 220, length: 5, parent: 0, before: 70 },
  { start: 225, length: 33, parent: -1, before: 0 },
  { start: 258, length: 2, parent: 1, before: 220 },
];
const rows = 260;
const width = (heads + 2 * kvHeads) * headWidth;

/** Rows that the query in a row sees: its span's ancestors', and its own span's up to itself. */
function seenBy(row: number): readonly number[] {
  let at = spans.findIndex(({ start, length }) => row >= start && row < start + length);
  let last = row;
  const seen: number[] = [];
  for (;;) {
    const { start, parent } = spans[at]!;
    for (let key = last; key >= start; key--) seen.unshift(key);
    if (parent < 0) return seen;
    at = parent;
    last = spans[at]!.start + spans[at]!.length - 1;
  }
}

/** out and dqkv by the formulae: P = softmax(q k' / sqrt(D)), out = P v. */
function byLoops(qkv: Float32Array, dOut: Float32Array): { readonly out: Float64Array; readonly dQkv: Float64Array } {
  const out = new Float64Array(rows * heads * headWidth);
  const dQkv = new Float64Array(rows * width);
  const scale = 1 / Math.sqrt(headWidth);
  for (let row = 0; row < rows; row++) {
    const seen = seenBy(row);
    for (let head = 0; head < heads; head++) {
      const own = Math.floor(head / (heads / kvHeads));
      const q = row * width + head * headWidth;
      const keyOf = (key: number): number => key * width + (heads + own) * headWidth;
      const valueOf = (key: number): number => keyOf(key) + kvHeads * headWidth;
      const o = (row * heads + head) * headWidth;
      const dot = (a: Float32Array, i: number, b: Float32Array, j: number): number =>
        Array.from({ length: headWidth }, (_, d) => a[i + d]! * b[j + d]!).reduce((sum, one) => sum + one, 0);
      const weights = seen.map((key) => Math.exp(dot(qkv, q, qkv, keyOf(key)) * scale));
      const sum = weights.reduce((total, one) => total + one, 0);
      const p = weights.map((weight) => weight / sum);
      const dP = seen.map((key) => dot(dOut, o, qkv, valueOf(key)));
      const mean = p.reduce((total, one, j) => total + one * dP[j]!, 0);
      seen.forEach((key, j) => {
        const dS = p[j]! * (dP[j]! - mean) * scale;
        for (let d = 0; d < headWidth; d++) {
          out[o + d]! += p[j]! * qkv[valueOf(key) + d]!;
          dQkv[q + d]! += dS * qkv[keyOf(key) + d]!;
          dQkv[keyOf(key) + d]! += dS * qkv[q + d]!;
          dQkv[valueOf(key) + d]! += p[j]! * dOut[o + d]!;
        }
      });
    }
  }
  return { out, dQkv };
}

type Way = NonNullable<Parameters<typeof attentionOf>[4]>;

/** The same by a way of the library (undefined: its own choice), without rotations; `seen` gets out and dqkv. */
function comparedWith(way?: Way, seen?: (...numbers: readonly Float32Array[]) => void): void {
  const prng = prngOf(3, "attention");
  const noise = (count: number): Float32Array => Float32Array.from({ length: count }, () => randomNormal(prng));
  const [qkv, dOut] = [noise(rows * width), noise(rows * heads * headWidth)];
  const expected = byLoops(qkv, dOut);
  const held = deviceTensorCount();
  scoped((s) => {
    const still = new Float64Array(headWidth / 2);
    const rope = ropeTable(s, config, still, new Int32Array(rows));
    const attention = attentionOf(s, config, spans, rope, way);
    const { out, backward } = attention(s, upload(s, [rows, width], qkv));
    const dQkv = backward(s, upload(s, [rows, heads * headWidth], dOut));
    download(out).forEach((value, n) => assert.ok(Math.abs(value - expected.out[n]!) < 1e-5, `out ${n}`));
    assert.deepEqual(dQkv.shape, [rows, width]);
    download(dQkv).forEach((value, n) => assert.ok(Math.abs(value - expected.dQkv[n]!) < 2e-5, `dqkv ${n}`));
    seen?.(download(out), download(dQkv));
  });
  assert.equal(deviceTensorCount(), held, "no tensor is left");
}

for (const lanes of vectorLanes()) {
  test(`attention in one operation equals plain loops, by vectors of ${lanes}`, () => {
    comparedWith((...args) => fusedAttention(...args, lanes));
  });
}

test("attention by products equals plain loops", () => {
  comparedWith(productAttention);
});

test("a CPU's attention is the one operation; its numbers do not depend on the threads", () => {
  const numbers: string[] = [];
  for (const threads of ["1", "2", "5"]) {
    const before = process.env["TF_NUM_INTRAOP_THREADS"];
    process.env["TF_NUM_INTRAOP_THREADS"] = threads;
    comparedWith(undefined, (...both) => numbers.push(both.map((one) => one.join(" ")).join(" ")));
    if (before === undefined) delete process.env["TF_NUM_INTRAOP_THREADS"];
    else process.env["TF_NUM_INTRAOP_THREADS"] = before;
  }
  assert.equal(new Set(numbers).size, 1);
});

test("spans that do not fit the rows are refused by the operation", () => {
  const wrong: readonly (readonly [typeof spans, RegExp])[] = [
    [spans.slice(0, 2), /Cannot compute attention: spans do not hold all rows/],
    [[{ ...spans[0]!, start: 1 }, ...spans.slice(1)], /spans do not follow each other/],
    [[spans[0]!, { ...spans[1]!, before: 71 }, ...spans.slice(2)], /a span's parent is wrong/],
    [[spans[0]!, { ...spans[1]!, parent: 4 }, ...spans.slice(2)], /a span's parent is wrong/],
  ];
  for (const [bad, reason] of wrong) {
    assert.throws(() => comparedWith((s, own) => fusedAttention(s, own, bad)), reason);
  }
});
