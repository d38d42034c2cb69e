/** A sparse matrix in compressed rows: row r's columns are `columns[starts[r] .. starts[r + 1])`, ascending. */
export interface Csr {
  readonly rows: number;
  readonly cols: number;
  /** [rows + 1] */
  readonly starts: Int32Array;
  /** [nnz] */
  readonly columns: Int32Array;
  /** [nnz], or absent where every entry is 1. */
  readonly values?: Float32Array;
}

/**
 * Compressed rows from pairs (row, column), each entry 1; duplicates throw, since every data set here is a set of pairs.
 *
 * @example csrOfPairs(2, 3, [0, 1, 0], [2, 0, 1]).columns // [1, 2, 0]
 */
export function csrOfPairs(rows: number, cols: number, rowOf: ArrayLike<number>, colOf: ArrayLike<number>): Csr {
  if (rowOf.length !== colOf.length) {
    throw new RangeError(`Cannot build a sparse matrix: ${rowOf.length} rows stand beside ${colOf.length} columns`);
  }
  const starts = new Int32Array(rows + 1);
  for (let e = 0; e < rowOf.length; e++) {
    const r = rowOf[e]!;
    const c = colOf[e]!;
    if (!(r >= 0 && r < rows && c >= 0 && c < cols)) {
      throw new RangeError(`Cannot place entry (${r}, ${c}): the matrix is ${rows} x ${cols}`);
    }
    starts[r + 1]! += 1;
  }
  for (let r = 0; r < rows; r++) starts[r + 1]! += starts[r]!;
  const columns = new Int32Array(rowOf.length);
  const next = starts.slice(0, rows);
  for (let e = 0; e < rowOf.length; e++) columns[next[rowOf[e]!]!++] = colOf[e]!;
  for (let r = 0; r < rows; r++) sortRow(columns.subarray(starts[r]!, starts[r + 1]!), r);
  return { rows, cols, starts, columns };
}

function sortRow(row: Int32Array, r: number): void {
  row.sort();
  for (let k = 1; k < row.length; k++) {
    if (row[k] === row[k - 1])
      throw new RangeError(`Cannot build a sparse matrix: entry (${r}, ${row[k]}) occurs twice`);
  }
}

/** Row r's columns, ascending, as a view. */
export function columnsOf(csr: Csr, r: number): Int32Array {
  if (!(r >= 0 && r < csr.rows)) throw new RangeError(`Cannot read row ${r}: the matrix has ${csr.rows}`);
  return csr.columns.subarray(csr.starts[r]!, csr.starts[r + 1]!);
}

/** Whether (r, c) is an entry: binary search in the row. */
export function hasEntry(csr: Csr, r: number, c: number): boolean {
  let low = csr.starts[r]!;
  let high = csr.starts[r + 1]! - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const column = csr.columns[middle]!;
    if (column === c) return true;
    if (column < c) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

/** The transpose, with its rows ascending. */
export function transposed(csr: Csr): Csr {
  const starts = new Int32Array(csr.cols + 1);
  for (const c of csr.columns) starts[c + 1]! += 1;
  for (let c = 0; c < csr.cols; c++) starts[c + 1]! += starts[c]!;
  const columns = new Int32Array(csr.columns.length);
  const values = csr.values ? new Float32Array(csr.columns.length) : undefined;
  const next = starts.slice(0, csr.cols);
  for (let r = 0; r < csr.rows; r++) {
    for (let e = csr.starts[r]!; e < csr.starts[r + 1]!; e++) {
      const place = next[csr.columns[e]!]!++;
      columns[place] = r;
      if (values) values[place] = csr.values![e]!;
    }
  }
  return { rows: csr.cols, cols: csr.rows, starts, columns, ...(values ? { values } : {}) };
}
