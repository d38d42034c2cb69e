/** Cosine of two vectors; 0 where either is zero. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let c = 0; c < a.length; c++) {
    dot += a[c]! * b[c]!;
    squaresA += a[c]! * a[c]!;
    squaresB += b[c]! * b[c]!;
  }
  return squaresA > 0 && squaresB > 0 ? dot / Math.sqrt(squaresA * squaresB) : 0;
}
