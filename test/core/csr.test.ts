// Expected values: test/reference/core/matrices.py (scipy.sparse, numpy).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { columnsOf, csrOfPairs, gatherRows, hasEntry, matrixOf, normalisedRows, rowOf, transposed } from "reclm/core";

interface Rows {
  readonly starts: readonly number[];
  readonly columns: readonly number[];
  readonly values: readonly number[];
}

interface Reference extends Rows {
  readonly rows: number;
  readonly cols: number;
  readonly rowOf: readonly number[];
  readonly colOf: readonly number[];
  readonly transposed: Rows;
  readonly matrix: readonly number[];
  readonly unit: readonly number[];
}

const file = join(__dirname, "../../../test/reference/core/matrices.json");
const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;
const csr = csrOfPairs(reference.rows, reference.cols, reference.rowOf, reference.colOf);

test("csrOfPairs() is scipy's, from pairs in any order", () => {
  assert.deepEqual([...csr.starts], reference.starts);
  assert.deepEqual([...csr.columns], reference.columns);
  assert.deepEqual([csr.rows, csr.cols, csr.values], [reference.rows, reference.cols, undefined]);
});

test("transposed() is scipy's, with and without values", () => {
  const weighted = transposed({ ...csr, values: Float32Array.from(reference.values) });
  const expected = reference.transposed;
  assert.deepEqual([...weighted.starts], expected.starts);
  assert.deepEqual([...weighted.columns], expected.columns);
  assert.deepEqual([...weighted.values!], expected.values);
  assert.deepEqual([weighted.rows, weighted.cols], [reference.cols, reference.rows]);
  const plain = transposed(csr);
  assert.deepEqual([[...plain.columns], plain.values], [expected.columns, undefined]);
  assert.deepEqual(transposed(plain), csr);
});

test("rows and entries are found; what stands outside is not there", () => {
  const pairs = new Set(reference.rowOf.map((r, e) => `${r}:${reference.colOf[e]}`));
  for (let r = 0; r < csr.rows; r++) {
    const expected = Array.from({ length: csr.cols }, (_, c) => c).filter((c) => pairs.has(`${r}:${c}`));
    assert.deepEqual([...columnsOf(csr, r)], expected);
    for (let c = -1; c <= csr.cols; c++) assert.equal(hasEntry(csr, r, c), pairs.has(`${r}:${c}`), `${r}:${c}`);
  }
  for (const r of [-1, csr.rows, NaN]) assert.throws(() => columnsOf(csr, r), /Cannot read row .*: the matrix has 9/);
});

test("limits of compressed rows: no entries, no rows, one entry", () => {
  const none = csrOfPairs(2, 3, [], []);
  assert.deepEqual([[...none.starts], none.columns.length, hasEntry(none, 1, 1)], [[0, 0, 0], 0, false]);
  assert.deepEqual([...transposed(none).starts], [0, 0, 0, 0]);
  assert.deepEqual([...csrOfPairs(0, 0, [], []).starts], [0]);
  assert.deepEqual([...columnsOf(csrOfPairs(1, 1, [0], [0]), 0)], [0]);
});

test("entries that cannot be are refused: outside, twice, without a partner", () => {
  const outside = [
    [2, 0],
    [-1, 0],
    [0, 3],
    [0, -1],
    [NaN, 0],
  ] as const;
  for (const [r, c] of outside) {
    assert.throws(() => csrOfPairs(2, 3, [0, r], [0, c]), { name: "RangeError", message: /the matrix is 2 x 3/ });
  }
  assert.throws(() => csrOfPairs(2, 3, [1, 0, 1], [2, 0, 2]), /entry \(1, 2\) occurs twice/);
  assert.throws(() => csrOfPairs(2, 3, [1], []), /1 rows stand beside 0 columns/);
});

test("normalisedRows() is numpy's; a row of zeros stays", () => {
  const matrix = matrixOf(5, 4, Float32Array.from(reference.matrix));
  const unit = normalisedRows(matrix);
  unit.data.forEach((value, at) => assert.ok(Math.abs(value - reference.unit[at]!) < 2e-7, `entry ${at}`));
  assert.deepEqual([...rowOf(unit, 3)], [0, 0, 0, 0]);
  assert.deepEqual([...matrix.data], reference.matrix, "the argument is left as it was");
});

test("rows of a matrix: a row is a view, gathered rows are a copy in the order asked", () => {
  const matrix = matrixOf(3, 2, Float32Array.of(1, 2, 3, 4, 5, 6));
  const picked = gatherRows(matrix, [2, 0, 2]);
  assert.deepEqual(picked, { rows: 3, cols: 2, data: Float32Array.of(5, 6, 1, 2, 5, 6) });
  rowOf(matrix, 2)[0] = 9;
  assert.equal(matrix.data[4], 9);
  assert.equal(picked.data[0], 5);
  assert.deepEqual(gatherRows(matrix, []), { rows: 0, cols: 2, data: new Float32Array(0) });
  assert.deepEqual([...matrixOf(1, 2).data], [0, 0]);
  assert.throws(() => matrixOf(2, 2, Float32Array.of(1)), /Cannot make a 2 x 2 matrix: the data hold 1 numbers/);
  for (const r of [-1, 3]) assert.throws(() => gatherRows(matrix, [r]), /Cannot read row/);
});
