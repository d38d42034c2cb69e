/** A dense row-major matrix of 32-bit floats: entry (r, c) is `data[r * cols + c]`. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/** A matrix over given or fresh (zero) data; throws when the length is not rows x cols. */
export function matrixOf(rows: number, cols: number, data: Float32Array = new Float32Array(rows * cols)): Matrix {
  if (data.length !== rows * cols) {
    throw new RangeError(`Cannot make a ${rows} x ${cols} matrix: the data hold ${data.length} numbers`);
  }
  return { data, rows, cols };
}

/** Row `r` as a view of the matrix's own memory. */
export function rowOf(matrix: Matrix, r: number): Float32Array {
  if (!(r >= 0 && r < matrix.rows)) throw new RangeError(`Cannot read row ${r}: the matrix has ${matrix.rows}`);
  return matrix.data.subarray(r * matrix.cols, (r + 1) * matrix.cols);
}

/** A new matrix of the named rows, in the order given. */
export function gatherRows(matrix: Matrix, rows: ArrayLike<number>): Matrix {
  const picked = matrixOf(rows.length, matrix.cols);
  for (let i = 0; i < rows.length; i++) picked.data.set(rowOf(matrix, rows[i]!), i * matrix.cols);
  return picked;
}

/** A copy whose rows have Euclidean length 1; rows of zeros stay zeros. */
export function normalisedRows(matrix: Matrix): Matrix {
  const copy = matrixOf(matrix.rows, matrix.cols, matrix.data.slice());
  for (let r = 0; r < copy.rows; r++) {
    const row = rowOf(copy, r);
    let squares = 0;
    for (const value of row) squares += value * value;
    if (squares > 0) {
      const scale = 1 / Math.sqrt(squares);
      for (let c = 0; c < row.length; c++) row[c]! *= scale;
    }
  }
  return copy;
}
