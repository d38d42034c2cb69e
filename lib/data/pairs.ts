import { columnsOf, csrOfPairs, hasEntry, type Csr } from "../core";

/** Entries of a sparse matrix that pass a test. */
export function keepEntries(csr: Csr, keep: (row: number, column: number) => boolean): Csr {
  const rows: number[] = [];
  const columns: number[] = [];
  for (let r = 0; r < csr.rows; r++) {
    for (const c of columnsOf(csr, r)) {
      if (!keep(r, c)) continue;
      rows.push(r);
      columns.push(c);
    }
  }
  return csrOfPairs(csr.rows, csr.cols, rows, columns);
}

/** Entries of `csr` that `other` does not have. */
export function minus(csr: Csr, other: Csr): Csr {
  return keepEntries(csr, (r, c) => !hasEntry(other, r, c));
}

/** Columns with an entry, ascending. */
export function usedColumns(csr: Csr): Int32Array {
  const used = new Uint8Array(csr.cols);
  for (const c of csr.columns) used[c] = 1;
  return Int32Array.from(used.keys()).filter((c) => used[c] === 1);
}

/** 1 at the places listed. */
export function flags(length: number, places: ArrayLike<number>): Uint8Array {
  const marks = new Uint8Array(length);
  for (let i = 0; i < places.length; i++) marks[places[i]!] = 1;
  return marks;
}
