import { count } from "../core";
import { medianOf } from "../metrics";
import { binned, evenEdges } from "./bins";
import { figureOf, noteOf, panelHeading, type Figure, type PlotlyObject } from "./figure";
import { percent } from "./format";
import { palette } from "./palette";

/** Lengths of tokenised examples. */
export interface TokenBudget {
  /** [N], tokens of each example. */
  readonly tokens: ArrayLike<number>;
  /** [N], those of them whose prediction the loss counts. */
  readonly supervised: ArrayLike<number>;
  /** Tokens the model's context holds. */
  readonly limit: number;
  readonly title?: string;
  readonly caption?: string;
}

/** Histograms of example lengths (with the context limit) and of the share of tokens that the loss sees. */
export function tokenBudget(budget: TokenBudget): Figure {
  const lengths = Array.from(budget.tokens);
  const shares = lengths.map((length, n) => budget.supervised[n]! / length);
  const total = lengths.reduce((sum, value) => sum + value, 0);
  const supervised = Array.from(budget.supervised).reduce((sum, value) => sum + value, 0);
  const longest = Math.max(...lengths);
  const most = Math.max(...shares);
  return figureOf(
    {
      headings: true,
      title: budget.title ?? "What the examples cost in tokens, and what the loss sees",
      caption:
        budget.caption ??
        `n = ${count(lengths.length)} examples, ${count(total)} tokens, of which the loss sees ${count(supervised)} ` +
          `(${percent(supervised / total)}); longest ${longest}, context ${budget.limit}.`,
      alt:
        `${lengths.length} examples of median ${medianOf(lengths)} and at most ${longest} tokens (context ${budget.limit}); ` +
        `${percent(supervised / total)} of the tokens are supervised`,
    },
    [
      bars(
        lengths,
        evenEdges(Math.min(...lengths), longest),
        palette.blue,
        "",
        "%{customdata[0]} to %{customdata[1]} tokens",
      ),
      bars(shares, evenEdges(0, Math.min(1, most)), palette.green, "2", "%{customdata[0]:.0%} to %{customdata[1]:.0%}"),
    ],
    {
      xaxis: { title: { text: "tokens of an example" }, domain: [0, 0.46] },
      xaxis2: {
        title: { text: "supervised share of an example's tokens" },
        domain: [0.54, 1],
        anchor: "y2",
        tickformat: ".0%",
      },
      yaxis: { title: { text: "examples" } },
      yaxis2: { anchor: "x2" },
      ...limitLine(budget.limit, longest),
      annotations: [
        panelHeading("length", ""),
        panelHeading("response mask", "2"),
        ...limitNote(budget.limit, longest),
      ],
    },
  );
}

function bars(
  values: readonly number[],
  edges: readonly number[],
  colour: string,
  panel: string,
  span: string,
): PlotlyObject {
  const bins = binned(values, edges);
  const low = edges.slice(0, -1);
  return {
    type: "bar",
    x: low,
    y: bins.counts,
    offset: 0,
    width: low.map((edge, b) => edges[b + 1]! - edge),
    customdata: low.map((edge, b) => [edge, edges[b + 1]!]),
    hovertemplate: `${span}: %{y}<extra></extra>`,
    marker: { color: colour, line: { width: 0 } },
    xaxis: `x${panel}`,
    yaxis: `y${panel}`,
  };
}

/** The limit is drawn only where it is near the data; far off it would squeeze them. */
const nearLimit = (limit: number, longest: number): boolean => longest > 0.6 * limit;

function limitLine(limit: number, longest: number): PlotlyObject {
  if (!nearLimit(limit, longest)) return {};
  const place = { xref: "x", yref: "y domain", x0: limit, x1: limit, y0: 0, y1: 1 };
  return { shapes: [{ type: "line", ...place, line: { color: palette.vermillion, width: 2, dash: "dash" } }] };
}

function limitNote(limit: number, longest: number): PlotlyObject[] {
  if (!nearLimit(limit, longest)) return [];
  const place = { xref: "x", yref: "y domain", x: limit, y: 1, xanchor: "right", yanchor: "top", xshift: -4 };
  return [noteOf(`context ${limit}`, place, palette.vermillion)];
}
