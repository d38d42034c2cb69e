/** Counted intervals: bin b holds the values in [edges[b], edges[b + 1]), the last one its upper edge too. */
export interface Bins {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Counts values between ascending edges; values outside are counted in the first or last bin. */
export function binned(values: ArrayLike<number>, edges: readonly number[]): Bins {
  if (edges.length < 2) throw new RangeError(`Cannot count values in bins: ${edges.length} edges bound no bin`);
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (let i = 0; i < values.length; i++) {
    const after = edges.findIndex((edge) => values[i]! < edge);
    const bin = after === -1 ? counts.length - 1 : Math.max(0, after - 1);
    counts[bin]! += 1;
  }
  return { edges, counts };
}

/** Whole-number edges that grow by a constant factor, from 1 past `largest`; `perDecade` bins for each factor of ten. */
export function growingEdges(largest: number, perDecade = 8): number[] {
  const edges = [1];
  for (let k = 1; edges.at(-1)! <= largest; k++) {
    const edge = Math.round(10 ** (k / perDecade));
    if (edge > edges.at(-1)!) edges.push(edge);
  }
  return edges;
}

/** About `wanted` equal bins with round edges from at most `low` to at least `high`. */
export function evenEdges(low: number, high: number, wanted = 20): number[] {
  const step = roundStep((high - low || 1) / wanted);
  const first = Math.floor(low / step) * step;
  const last = Math.floor(high / step) + 1;
  const edges: number[] = [];
  for (let k = Math.round(first / step); k <= last; k++) edges.push(Number((k * step).toPrecision(12)));
  return edges;
}

function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= step * 0.999) ?? 10;
  return factor * power;
}
