/** The memory that kernels work on. */
export interface KernelMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** The kernels; every argument but counts and scalars is an address, 0 meaning "left out". */
export interface KernelFunctions {
  readonly memory: KernelMemory;
  adam(
    value: number,
    gradient: number,
    first: number,
    second: number,
    count: number,
    rate: number,
    root: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    reg: number,
  ): number;
  bpr(
    users: number,
    positives: number,
    negatives: number,
    rowOf: number,
    count: number,
    h: number,
    z: number,
    dH: number,
    dZ: number,
    m: number,
    nominal: number,
  ): number;
  bestColumns(s: number, n: number, m: number, k: number, best: number, scratch: number): number;
  gemm(a: number, b: number, c: number, n: number, k: number, m: number, bias: number, flags: number): void;
  gemmTransposedA(a: number, d: number, c: number, n: number, k: number, m: number): void;
  transpose(a: number, b: number, n: number, m: number): void;
  normaliseRows(x: number, y: number, lengths: number, n: number, m: number): void;
  normaliseRowsBackward(y: number, lengths: number, d: number, n: number, m: number): void;
  rectifyBackward(y: number, d: number, count: number): void;
  addColumnSums(d: number, sums: number, n: number, m: number): void;
  addInto(x: number, y: number, count: number): void;
  spmm(
    starts: number,
    columns: number,
    values: number,
    diagonal: number,
    base: number,
    same: number,
    other: number,
    y: number,
    n: number,
    m: number,
    list: number,
  ): void;
  scale(x: number, factor: number, count: number): void;
  gatherRows(x: number, list: number, y: number, n: number, m: number): void;
  scatterRows(x: number, list: number, y: number, n: number, m: number, factor: number): void;
  copyRows(x: number, y: number, list: number, n: number, m: number): void;
  addRows(x: number, y: number, list: number, n: number, m: number): void;
  clearRows(y: number, list: number, n: number, m: number): void;
  scatterProduct(
    starts: number,
    columns: number,
    values: number,
    x: number,
    y: number,
    m: number,
    list: number,
    n: number,
  ): void;
  perturbRows(x: number, n: number, m: number, eps: number, state: number, noise: number): void;
  addRectifiedSums(a: number, b: number, s: number, n: number, k: number, m: number): void;
  neuMfBpr(
    users: number,
    positives: number,
    negatives: number,
    rowOf: number,
    count: number,
    u: number,
    z: number,
    w: number,
    a: number,
    b: number,
    dU: number,
    dZ: number,
    dW: number,
    dA: number,
    dB: number,
    m: number,
    nominal: number,
  ): number;
}
