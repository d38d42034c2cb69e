// Kernels over plain addresses in wasm memory: the host allocates, nothing here does.
export { adam } from "./adam";
export { bestColumns } from "./best";
export { bpr } from "./bpr";
export { perturbRows } from "./noise";
export { gemm, gemmTransposedA, transpose } from "./gemm";
export { addRectifiedSums, neuMfBpr } from "./neuMf";
export {
  addColumnSums,
  addInto,
  addRows,
  clearRows,
  copyRows,
  gatherRows,
  normaliseRows,
  normaliseRowsBackward,
  rectifyBackward,
  scale,
  scatterRows,
} from "./rows";
export { scatterProduct, spmm } from "./sparse";
