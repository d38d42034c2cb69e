import { columnsOf, csrOfPairs, hasEntry, type Csr } from "../core";

/** The pairs (row, column) of lists of columns, one list a row. */
export function csrOfRows(rows: readonly (readonly number[])[], cols: number): Csr {
  const rowOf = rows.flatMap((row, r) => row.map(() => r));
  return csrOfPairs(rows.length, cols, rowOf, rows.flat());
}

/** The pairs that pass a test; values are not kept. */
export function keepEntries(csr: Csr, keep: (row: number, column: number) => boolean): Csr {
  const starts = new Int32Array(csr.rows + 1);
  const columns: number[] = [];
  for (let r = 0; r < csr.rows; r++) {
    for (const c of columnsOf(csr, r)) if (keep(r, c)) columns.push(c);
    starts[r + 1] = columns.length;
  }
  return { rows: csr.rows, cols: csr.cols, starts, columns: Int32Array.from(columns) };
}

/** Pairs of `csr` that `other` does not have. */
export function minus(csr: Csr, other: Csr): Csr {
  return keepEntries(csr, (r, c) => !hasEntry(other, r, c));
}

/** Columns with an entry, ascending. */
export function usedColumns(csr: Csr): Int32Array {
  return Int32Array.from(new Set(csr.columns)).sort();
}

/** 1 at the places listed. */
export function flags(length: number, places: ArrayLike<number>): Uint8Array {
  const marks = new Uint8Array(length);
  for (let i = 0; i < places.length; i++) marks[places[i]!] = 1;
  return marks;
}
