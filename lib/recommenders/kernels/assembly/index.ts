// Kernels over plain addresses in wasm memory: the host allocates, nothing here does.
export { adam } from "./adam";
export { bpr } from "./bpr";
export { gemm, gemmTransposedA, transpose } from "./gemm";
export { addColumnSums, addInto, normaliseRows, normaliseRowsBackward, rectifyBackward } from "./rows";
export { spmm } from "./sparse";
