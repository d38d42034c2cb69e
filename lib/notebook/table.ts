import { counted } from "../core";
import { htmlText } from "./html";
import type { MimeBundle } from "./kernel";
import { gridOf, type Grid, type Tabular } from "./tableData";

/** How a table is shown. */
export interface TableOptions {
  readonly caption?: string;
  /** Columns to show, in this order; all without. */
  readonly columns?: readonly string[];
  /** Headings in place of column names. */
  readonly headings?: Readonly<Record<string, string>>;
  /** Decimals of a column's numbers; whole numbers have none unless said, others three. */
  readonly decimals?: number | Readonly<Record<string, number>>;
  /** Columns whose best value is bold, and which end is best. */
  readonly best?: Readonly<Record<string, "highest" | "lowest">>;
  /** Rows shown; 20 unless said. */
  readonly limit?: number;
}

interface Column {
  readonly heading: string;
  readonly numeric: boolean;
  readonly texts: readonly string[];
  /** Rows whose value is the best. */
  readonly best: ReadonlySet<number>;
}

/** A table as a notebook shows it: HTML that takes its colours from the page, Markdown, and aligned text. */
export class RichTable {
  readonly columns: readonly Column[];
  private readonly note: string;

  constructor(grid: Grid, options: TableOptions) {
    const names = options.columns ?? grid.columns;
    this.columns = names.map((name) => columnOf(grid, name, options));
    const rest = grid.total - grid.rows.length;
    this.note = [options.caption ?? "", rest > 0 ? `(${counted(rest, "more row")})` : ""].filter(Boolean).join(" ");
  }

  get rows(): number {
    return this.columns[0]?.texts.length ?? 0;
  }

  html(): string {
    const cell = (tag: string, column: Column, text: string): string =>
      `<${tag} style="text-align:${column.numeric ? "right" : "left"};padding:3px 10px;font-variant-numeric:tabular-nums">${text}</${tag}>`;
    const head = this.columns.map((column) => cell("th", column, htmlText(column.heading))).join("");
    const line = "border-bottom:1px solid rgba(127,127,127,0.35)";
    const body = this.indices().map((r) => {
      const cells = this.columns.map((column) => {
        const text = htmlText(column.texts[r]!);
        return cell("td", column, column.best.has(r) ? `<b>${text}</b>` : text);
      });
      return `<tr>${cells.join("")}</tr>`;
    });
    const caption =
      this.note === ""
        ? ""
        : `<caption style="caption-side:bottom;text-align:left;opacity:0.75;padding:4px 10px">${htmlText(this.note)}</caption>`;
    return `<table style="border-collapse:collapse;margin:4px 0">${caption}<thead style="${line}"><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
  }

  markdown(): string {
    const escape = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
    const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
    const lines = [
      row(this.columns.map(({ heading }) => escape(heading))),
      row(this.columns.map(({ numeric }) => (numeric ? "---:" : "---"))),
      ...this.indices().map((r) =>
        row(this.columns.map(({ texts, best }) => (best.has(r) ? `**${escape(texts[r]!)}**` : escape(texts[r]!)))),
      ),
    ];
    return this.note === "" ? lines.join("\n") : `${lines.join("\n")}\n\n${this.note}`;
  }

  text(): string {
    const padded = this.columns.map(({ heading, texts, numeric }) => {
      const width = Math.max(...[heading, ...texts].map((text) => text.length));
      return [heading, "-".repeat(width), ...texts].map((text) =>
        numeric ? text.padStart(width) : text.padEnd(width),
      );
    });
    const lines = Array.from({ length: this.rows + 2 }, (_, r) =>
      padded
        .map((column) => column[r])
        .join("  ")
        .trimEnd(),
    );
    return this.note === "" ? lines.join("\n") : `${lines.join("\n")}\n${this.note}`;
  }

  [Symbol.for("Jupyter.display")](): MimeBundle {
    return { "text/html": this.html(), "text/markdown": this.markdown(), "text/plain": this.text() };
  }

  private indices(): number[] {
    return Array.from({ length: this.rows }, (_, r) => r);
  }
}

/**
 * A table of Arrow columns, a danfo frame or plain rows, ready for `show`.
 *
 * @example await show(table([{ model: "BiasMF", recall: { mean: 0.21, sd: 0.004 } }], { best: { recall: "highest" } }));
 */
export function table(source: Tabular, options: TableOptions = {}): RichTable {
  return new RichTable(gridOf(source, options.limit ?? 20), options);
}

function columnOf(grid: Grid, name: string, options: TableOptions): Column {
  const place = grid.columns.indexOf(name);
  if (place < 0) throw new RangeError(`Cannot show column "${name}": the table has ${grid.columns.join(", ")}`);
  const values = grid.rows.map((row) => row[place]);
  const present = values.filter((value) => value !== null && value !== undefined);
  const numbers = values.map(numberOf);
  const wanted = typeof options.decimals === "number" ? options.decimals : options.decimals?.[name];
  const whole = numbers.every((value) => value === undefined || Number.isInteger(value)) && !present.some(isMean);
  const decimals = wanted ?? (whole ? 0 : 3);
  return {
    heading: options.headings?.[name] ?? name,
    numeric: present.length > 0 && present.every((value) => numberOf(value) !== undefined),
    texts: values.map((value) => textOf(value, decimals)),
    best: bestOf(numbers, options.best?.[name], decimals),
  };
}

function isMean(value: unknown): value is { readonly mean: number; readonly sd?: number } {
  return typeof value === "object" && value !== null && "mean" in value && typeof value.mean === "number";
}

function numberOf(value: unknown): number | undefined {
  if (isMean(value)) return value.mean;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" ? value : undefined;
}

function textOf(value: unknown, decimals: number): string {
  if (value === null || value === undefined) return "—";
  if (isMean(value)) {
    const spread = value.sd === undefined ? "" : ` ± ${formatted(value.sd, decimals)}`;
    return formatted(value.mean, decimals) + spread;
  }
  if (typeof value === "number") return formatted(value, decimals);
  if (typeof value === "bigint") return value.toLocaleString("en-US");
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

/** Years and ids stay as they are: thousands are set apart from 10,000 on. */
function formatted(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return "—";
  const useGrouping = Math.abs(value) >= 10000;
  return value.toLocaleString("en-US", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    useGrouping,
  });
}

/** The best as shown: values that read the same are bold together. */
function bestOf(
  numbers: readonly (number | undefined)[],
  end: "highest" | "lowest" | undefined,
  decimals: number,
): ReadonlySet<number> {
  const best = new Set<number>();
  if (end === undefined) return best;
  const sign = end === "highest" ? 1 : -1;
  const shown = numbers.map((value) =>
    value === undefined || !Number.isFinite(value) ? undefined : sign * Number(value.toFixed(decimals)),
  );
  const top = Math.max(...shown.filter((value) => value !== undefined));
  shown.forEach((value, r) => {
    if (value === top) best.add(r);
  });
  return best;
}
