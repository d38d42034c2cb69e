import { noteOf, type PlotlyObject } from "./figure";

/** A line's right end and what is written there. */
export interface LineEnd {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly colour: string;
}

/** Labels at the lines' right ends, pushed apart where the ends are closer than a line of text; `all` are the values drawn. */
export function lineEnds(ends: readonly LineEnd[], all: readonly number[]): PlotlyObject[] {
  const gap = ((Math.max(...all) - Math.min(...all)) / 300) * 17;
  return pushedApart(ends, gap).map(({ label, x, y, colour }) =>
    noteOf(label, { x, y, xanchor: "left", xshift: 8 }, colour),
  );
}

/** The same from the lowest up, each at least `gap` above the one before. */
export function pushedApart<T extends { readonly y: number }>(ends: readonly T[], gap: number): readonly T[] {
  let below = Number.NEGATIVE_INFINITY;
  return [...ends]
    .sort((a, b) => a.y - b.y)
    .map((end) => {
      below = Math.max(below + gap, end.y);
      return { ...end, y: below };
    });
}
