import { inkOn } from "./contrast";
import { escaped, figureOf, noteOf, type Figure, type PlotlyObject } from "./figure";
import { fixed, percent } from "./format";
import { faded, palette } from "./palette";
import type { Plane } from "./plane";

/** A map of all users with one of them and the users nearest to it. */
export interface NeighbourMap {
  readonly plane: Plane;
  /** Row of the user in the plane. */
  readonly user: number;
  /** Rows of its neighbours, nearest first, with their cosine similarity. */
  readonly neighbours: readonly { readonly row: number; readonly similarity: number }[];
  /** What to call a row; by default "user 17". */
  readonly nameOf?: (row: number) => string;
  readonly caption?: string;
}

/** The plane of user embeddings, one user starred, its neighbours ringed and numbered by nearness. */
export function neighbourMap(map: NeighbourMap): Figure {
  const nameOf = map.nameOf ?? ((row: number): string => `user ${row}`);
  const special = new Set([map.user, ...map.neighbours.map(({ row }) => row)]);
  const others = map.plane.x.map((_, row) => row).filter((row) => !special.has(row));
  const nearest = map.neighbours[0];
  const last = map.neighbours.at(-1);
  const range = nearest && last ? `${fixed(nearest.similarity, 2)} to ${fixed(last.similarity, 2)}` : "none";
  const [first, second] = map.plane.shares;
  return figureOf(
    {
      title: `${capital(nameOf(map.user))} and its ${map.neighbours.length} nearest neighbours`,
      caption:
        map.caption ??
        `${map.plane.x.length} users in the plane of the first two principal components; numbers give the order of ` +
          `cosine similarity in the full space (${range}).`,
      alt: `${nameOf(map.user)} and ${map.neighbours.length} neighbours among ${map.plane.x.length} users, cosine ${range}`,
    },
    [
      cloud(map.plane, others, nameOf),
      marks(
        map,
        map.neighbours.map(({ row }) => row),
        nameOf,
      ),
      star(map.plane, map.user, nameOf(map.user)),
    ],
    {
      height: 480,
      xaxis: { title: { text: `first component (${percent(first)} of variance)` }, zeroline: false },
      yaxis: { title: { text: `second component (${percent(second)} of variance)` }, zeroline: false },
      annotations: [nameNote(map, nameOf(map.user))],
    },
  );
}

/** The user's name beside its star, on the side where fewer neighbours lie. */
function nameNote({ plane, user, neighbours }: NeighbourMap, name: string): PlotlyObject {
  const point = pointOf(plane, user);
  const right = neighbours.filter(({ row }) => pointOf(plane, row).x > point.x).length;
  const side = 2 * right > neighbours.length ? { xanchor: "right", xshift: -12 } : { xanchor: "left", xshift: 12 };
  return { ...noteOf(`<b>${escaped(name)}</b>`, point, palette.blue), ...side };
}

function pointOf(plane: Plane, row: number): { x: number; y: number } {
  const [x, y] = [plane.x[row], plane.y[row]];
  if (x === undefined || y === undefined) {
    throw new RangeError(`Cannot place row ${row} on the map: it has ${plane.x.length} rows`);
  }
  return { x, y };
}

function cloud(plane: Plane, rows: readonly number[], nameOf: (row: number) => string): PlotlyObject {
  const points = rows.map((row) => pointOf(plane, row));
  return {
    type: "scatter",
    mode: "markers",
    name: "other users",
    x: points.map(({ x }) => x),
    y: points.map(({ y }) => y),
    text: rows.map((row) => escaped(nameOf(row))),
    hovertemplate: "%{text}<extra></extra>",
    marker: { size: 5, color: faded(palette.grey, 0.45), line: { width: 0 } },
  };
}

function marks(map: NeighbourMap, rows: readonly number[], nameOf: (row: number) => string): PlotlyObject {
  const points = rows.map((row) => pointOf(map.plane, row));
  return {
    type: "scatter",
    mode: "markers+text",
    name: "neighbours",
    x: points.map(({ x }) => x),
    y: points.map(({ y }) => y),
    text: rows.map((_, place) => String(place + 1)),
    textposition: "middle center",
    textfont: { color: inkOn(palette.orange), size: 11 },
    customdata: map.neighbours.map(({ row, similarity }) => [escaped(nameOf(row)), fixed(similarity)]),
    hovertemplate: "%{customdata[0]}, cosine %{customdata[1]}<extra></extra>",
    marker: { size: 16, color: palette.orange },
  };
}

function star(plane: Plane, row: number, name: string): PlotlyObject {
  const { x, y } = pointOf(plane, row);
  const marker = { size: 16, color: palette.blue, symbol: "star" };
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: [x],
    y: [y],
    hovertemplate: `${escaped(name)}<extra></extra>`,
    marker,
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
