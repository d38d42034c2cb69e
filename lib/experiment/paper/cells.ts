/** Mean and sample standard deviation over runs. */
export interface Cell {
  readonly mean: number;
  /** Undefined for a single run. */
  readonly sd: number | undefined;
}

/** Mean and sample standard deviation (n - 1); no spread for one value. */
export function meanAndSpread(values: readonly number[]): Cell {
  if (values.length === 0) throw new RangeError("Cannot average no values: the list is empty");
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return { mean, sd: undefined };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) };
}

/** A cell as in the paper, four decimals: "0.1563 ± 0.0041", or a dash where nothing was run. */
export function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return "—";
  return cell.sd === undefined ? cell.mean.toFixed(4) : `${cell.mean.toFixed(4)} ± ${cell.sd.toFixed(4)}`;
}

/** A relative change: "+12.5%". */
export function signedPercent(share: number): string {
  return `${share >= 0 ? "+" : ""}${(100 * share).toFixed(1)}%`;
}

/** Four decimals; a probability is never 0. */
export function pText(p: number): string {
  return p < 0.00005 ? "<0.0001" : p.toFixed(4);
}
