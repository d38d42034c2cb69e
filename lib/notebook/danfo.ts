import type { DataFrame } from "danfojs-node";
import { gridOf, type Tabular } from "./tableData";

/**
 * A danfo frame of the first `limit` rows (10,000 unless said): danfo sorts in quadratic time, so it gets a view only.
 *
 * 64-bit integers become numbers, or text where they are too large to be exact.
 */
export function toDanfo(source: Tabular, options: { readonly limit?: number } = {}): DataFrame {
  const limit = options.limit ?? 10000;
  if (!(Number.isInteger(limit) && limit > 0)) throw new RangeError(`Cannot make a frame of ${limit} rows`);
  const grid = gridOf(source, limit);
  const danfo = require("danfojs-node") as typeof import("danfojs-node");
  const rows = grid.rows.map((row) => row.map(plainOf));
  return new danfo.DataFrame(rows, { columns: [...grid.columns] });
}

function plainOf(value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
}
