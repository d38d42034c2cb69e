import { medianOf } from "../metrics";
import { figureOf, noteOf, type Figure, type PlotlyObject } from "./figure";
import { percent } from "./format";
import { ink, palette } from "./palette";

/** Ranks (1 is best) of each user's own history among candidates, by the user's profile and by somebody else's. */
export interface RetrievalRanks {
  readonly ranks: ArrayLike<number>;
  /** The same with profiles permuted among users. */
  readonly permuted: ArrayLike<number>;
  /** Candidates, the user's own history among them. */
  readonly candidates: number;
  readonly caption?: string;
}

/** Share of users whose own history is among the first r candidates, over r; chance is the diagonal. */
export function retrievalRanks(options: RetrievalRanks): Figure {
  const { candidates } = options;
  const medians = [options.ranks, options.permuted].map(medianOf);
  const first = shareWithin(options.ranks, 1);
  return figureOf(
    {
      title: "Does a profile find its own user's history?",
      caption:
        options.caption ??
        `n = ${options.ranks.length} users; each profile's embedding ranks ${candidates} histories, the user's own among them.`,
      alt:
        `Rank of a user's own history among ${candidates} by profile: median ${medians[0]}, first for ${percent(first)}; ` +
        `permuted profiles: median ${medians[1]} (n = ${options.ranks.length})`,
    },
    [
      { ...line("chance", [0, candidates], [0, 1]), line: { color: ink, width: 1.5, dash: "dot" } },
      curve("permuted profiles", options.permuted, candidates, palette.vermillion),
      curve("own profile", options.ranks, candidates, palette.blue),
    ],
    {
      xaxis: { title: { text: `rank r of the user's own history (of ${candidates})` }, range: [0, candidates] },
      yaxis: { title: { text: "users with rank at most r" }, range: [0, 1.02], tickformat: ".0%" },
      annotations: [
        note(`own profile: median rank ${medians[0]}`, 0.16, palette.blue),
        note(`permuted profiles: median rank ${medians[1]}`, 0.1, palette.vermillion),
        note("dotted: chance", 0.04, ink),
      ],
    },
  );
}

/** Share of ranks at most r. */
function shareWithin(ranks: ArrayLike<number>, r: number): number {
  let within = 0;
  for (let n = 0; n < ranks.length; n++) if (ranks[n]! <= r) within += 1;
  return ranks.length > 0 ? within / ranks.length : 0;
}

function line(name: string, x: readonly number[], y: readonly number[]): PlotlyObject {
  return { type: "scatter", mode: "lines", name, x, y, hovertemplate: `${name}: %{y:.0%} within %{x}<extra></extra>` };
}

function curve(name: string, ranks: ArrayLike<number>, candidates: number, colour: string): PlotlyObject {
  const x = Array.from({ length: candidates + 1 }, (_, r) => r);
  const y = x.map((r) => shareWithin(ranks, r));
  return { ...line(name, x, y), line: { color: colour, width: 2.5, shape: "hv" } };
}

/** A curve's name, in the corner that curves better than chance leave free. */
function note(text: string, height: number, colour: string): PlotlyObject {
  return noteOf(
    text,
    { xref: "paper", yref: "paper", x: 0.99, y: height, xanchor: "right", yanchor: "middle" },
    colour,
  );
}
