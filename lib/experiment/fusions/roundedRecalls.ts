/** [n] test users' recalls as results keep them, to five decimals. */
export function roundedRecalls(recalls: Float32Array | Float64Array): readonly number[] {
  return Array.from(recalls, (value) => Number(value.toFixed(5)));
}
