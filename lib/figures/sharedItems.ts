import { escaped, figureOf, type Figure, type PlotlyObject } from "./figure";
import { fixed, percent } from "./format";
import { ink, palette, faded } from "./palette";

/** What one neighbour has in common with the target user. */
export interface SharedItems {
  readonly name: string;
  readonly similarity: number;
  /** Items of the neighbour's history. */
  readonly items: number;
  /** Those that the target has too. */
  readonly shared: number;
  /** Shared items expected of a user of that activity who picks by popularity or at random; said in the caption. */
  readonly expected?: number;
}

/** The target's history beside each neighbour's: shared items as bars, with what chance would give. */
export function sharedItems(options: {
  readonly user: string;
  readonly userItems: number;
  readonly neighbours: readonly SharedItems[];
  readonly caption?: string;
}): Figure {
  const rows = options.neighbours;
  const mean = rows.reduce((sum, row) => sum + row.shared / Math.max(1, row.items), 0) / Math.max(1, rows.length);
  const labels = rows.map((row, place) => `${place + 1}. ${escaped(row.name)} (${fixed(row.similarity, 2)})`);
  const expected = rows.filter((row) => row.expected !== undefined);
  return figureOf(
    {
      title: `Items that ${escaped(options.user)} shares with each neighbour`,
      caption:
        options.caption ??
        `${escaped(options.user)} has ${options.userItems} items; in brackets the cosine similarity` +
          `${expected.length > 0 ? "; diamonds: shared items expected by chance" : ""}.`,
      alt: `${options.user} (${options.userItems} items) shares on average ${percent(mean)} of each neighbour's items`,
    },
    [
      bar(
        "shared",
        labels,
        rows.map((row) => row.shared),
        palette.blue,
        [],
      ),
      bar(
        "not shared",
        labels,
        rows.map((row) => row.items - row.shared),
        faded(palette.grey, 0.45),
        rows.map((row) => `${row.shared} of ${row.items}`),
      ),
      ...(expected.length > 0 ? [chance(labels, rows)] : []),
    ],
    {
      height: 170 + 26 * rows.length,
      barmode: "stack",
      bargap: 0.3,
      xaxis: {
        title: { text: "items in the neighbour's history" },
        range: [0, 1.12 * Math.max(1, ...rows.map((row) => row.items))],
      },
      yaxis: { autorange: "reversed", ticks: "", showline: false, showgrid: false },
      showlegend: true,
      legend: { traceorder: "normal" },
      margin: { b: 88 },
    },
  );
}

function bar(
  name: string,
  labels: readonly string[],
  values: readonly number[],
  colour: string,
  ends: readonly string[],
): PlotlyObject {
  return {
    type: "bar",
    orientation: "h",
    name,
    y: labels,
    x: values,
    marker: { color: colour, line: { width: 0 } },
    text: ends,
    textposition: "outside",
    textfont: { color: ink, size: 11 },
    hovertemplate: "%{y}: %{x} " + name + "<extra></extra>",
  };
}

function chance(labels: readonly string[], rows: readonly SharedItems[]): PlotlyObject {
  return {
    type: "scatter",
    mode: "markers",
    name: "shared by chance",
    y: labels,
    x: rows.map((row) => row.expected ?? null),
    marker: { symbol: "diamond-open", size: 9, color: ink, line: { width: 2 } },
    hovertemplate: "%{x:.1f} expected by chance<extra></extra>",
  };
}
