import { counted, type Json } from "../../core";
import { accuracyColumns, columnTitles, settings, settingText, type Accuracy, type Setting } from "../paper/accuracy";
import { cellText, meanAndSpread, type Cell } from "../paper/cells";

/** One training's outcome on one fold with one seed. */
export interface Table1Run {
  /** "BiasMF", "LightGCN", or "floor" for scorers that are not trained here. */
  readonly recommender: string;
  /** "Base", "Augmented", or the name of a control or floor. */
  readonly variant: string;
  readonly fold: number;
  readonly seed: number;
  readonly fullShot?: Accuracy;
  readonly zeroShot?: Accuracy;
  /** Epochs chosen on validation; absent for floors. */
  readonly epochs?: Readonly<Record<Setting, number>>;
  readonly seconds: number;
  /** The CPU that it was trained on: rows of a run that went on elsewhere are not alike bit for bit. */
  readonly processor?: string;
}

/** Users with a positive, their positives and the items ranked, for one setting; printed under every table. */
export interface EvaluationSize {
  readonly users: number;
  readonly positives: number;
  readonly candidates: number;
}

/** A paired comparison of two variants of one recommender over the same test users. */
export interface Table1Test {
  readonly recommender: string;
  readonly setting: Setting;
  readonly variant: string;
  readonly against: string;
  /** Mean difference of Recall@20, variant minus against. */
  readonly difference: number;
  readonly users: number;
  /** Two-sided paired t over users (values averaged over seeds), then Holm over all tests of the table. */
  readonly p: number;
  readonly pHolm: number;
}

/** One cell of the paper's claim that Augmented is above Base. */
export interface Table1Claim {
  readonly recommender: string;
  readonly setting: Setting;
  readonly metric: keyof Accuracy;
  /** Mean of Base over users and seeds. */
  readonly base: number;
  /** Mean difference, Augmented minus Base. */
  readonly difference: number;
  readonly users: number;
  /** Two-sided paired t over users (values averaged over seeds), then Holm over all cells. */
  readonly p: number;
  readonly pHolm: number;
}

/** Table 1 as measured: every run, and what it was measured on. */
export interface Table1 {
  readonly dataset: string;
  readonly preset: string;
  /** What the numbers may be read as: "shows the mechanism" for samples. */
  readonly label: string;
  readonly sizes: readonly ({ readonly fold: number } & Readonly<Record<Setting, EvaluationSize>>)[];
  readonly runs: readonly Table1Run[];
  readonly tests: readonly Table1Test[];
  readonly claims: readonly Table1Claim[];
}

/** One row: mean and sample standard deviation over runs (folds and seeds) for each setting and metric. */
export interface Table1Row {
  readonly recommender: string;
  readonly variant: string;
  readonly runs: number;
  readonly cells: Readonly<Record<Setting, Readonly<Record<keyof Accuracy, Cell | undefined>>>>;
}

/** Rows in the order in which their first run stands. */
export function table1Rows(table: Table1): readonly Table1Row[] {
  const groups = new Map<string, Table1Run[]>();
  for (const run of table.runs) {
    const key = `${run.recommender}\n${run.variant}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map((runs) => {
    const first = runs[0]!;
    const cellsOf = (setting: Setting): Record<keyof Accuracy, Cell | undefined> => ({
      recall20: cellOf(runs, setting, "recall20"),
      recall40: cellOf(runs, setting, "recall40"),
      ndcg20: cellOf(runs, setting, "ndcg20"),
      ndcg40: cellOf(runs, setting, "ndcg40"),
    });
    const cells = { fullShot: cellsOf("fullShot"), zeroShot: cellsOf("zeroShot") };
    return { recommender: first.recommender, variant: first.variant, runs: runs.length, cells };
  });
}

function cellOf(runs: readonly Table1Run[], setting: Setting, metric: keyof Accuracy): Cell | undefined {
  const values = runs.flatMap((run) => run[setting]?.[metric] ?? []);
  return values.length === 0 ? undefined : meanAndSpread(values);
}

/** Plain rows for a displayed table, one column a setting and metric. */
export function table1Cells(table: Table1): readonly Readonly<Record<string, string>>[] {
  return table1Rows(table).map((row) => {
    const fields: Record<string, string> = { Recommender: row.recommender, Variant: row.variant };
    for (const setting of settings) {
      for (const metric of accuracyColumns) {
        fields[`${setting === "fullShot" ? "Full" : "Zero"} ${columnTitles[metric]}`] = cellText(
          row.cells[setting][metric],
        );
      }
    }
    return fields;
  });
}

/** What the numbers were measured on, one line a fold, and why a cell is a dash. */
export function table1Notes(table: Table1): readonly string[] {
  const lines = [
    `${table.dataset}, preset ${table.preset}: ${table.label}. ${counted(table.sizes.length, "fold")}, ${counted(seedCount(table), "seed")}.`,
  ];
  for (const size of table.sizes) {
    const text = (s: EvaluationSize): string =>
      `${s.users} users, ${s.positives} positives, ${s.candidates} candidates`;
    lines.push(`Fold ${size.fold}: full-shot ${text(size.fullShot)}; zero-shot ${text(size.zeroShot)}.`);
  }
  return [...lines, ...absences(table)];
}

/** What bars and whiskers of the table's figure stand for. */
export function table1Caption(table: Table1): string {
  const users = (setting: Setting): number => table.sizes.reduce((sum, size) => sum + size[setting].users, 0);
  return [
    `${table.label}; means over ${counted(seedCount(table), "seed")}, whiskers: one standard deviation;`,
    `test users: ${users("fullShot")} full-shot, ${users("zeroShot")} zero-shot.`,
  ].join(" ");
}

function seedCount({ runs }: Table1): number {
  return new Set(runs.flatMap((run) => (run.epochs ? [run.seed] : []))).size;
}

/** One line for each reason that a row has no numbers in a setting. */
function absences(table: Table1): readonly string[] {
  const rowsOf = new Map<string, string[]>();
  for (const row of table1Rows(table)) {
    for (const setting of settings) {
      if (row.cells[setting].recall20 !== undefined) continue;
      const isFloor = row.recommender === "floor";
      const known = isFloor && setting === "zeroShot";
      const reason = known ? "items are scored by their training pairs, of which cold items have none" : "not run";
      const line = `${settingText(setting)}: ${reason}.`;
      rowsOf.set(line, [...(rowsOf.get(line) ?? []), isFloor ? row.variant : `${row.recommender} ${row.variant}`]);
    }
  }
  return [...rowsOf].map(([line, rows]) => `— ${rows.join(", ")}, ${line}`);
}

/** The table as Markdown with its notes, for results folders and the terminal. */
export function table1Markdown(table: Table1): string {
  const rows = table1Cells(table);
  const titles = Object.keys(rows[0] ?? {});
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const body = rows.map((row) => line(titles.map((title) => row[title] ?? "")));
  const rule = line(titles.map((_, i) => (i < 2 ? "---" : "---:")));
  return [line(titles), rule, ...body, "", ...table1Notes(table).map((note) => `${note}  `), ""].join("\n");
}

/** Every run as CSV (RFC 4180), one line a run and setting; settings without numbers have none. */
export function table1Csv(table: Table1): string {
  const lines = ["recommender,variant,setting,fold,seed,recall20,recall40,ndcg20,ndcg40,epoch,seconds"];
  for (const run of table.runs) {
    for (const setting of settings) {
      const accuracy = run[setting];
      if (!accuracy) continue;
      const numbers = accuracyColumns.map((metric) => accuracy[metric].toFixed(6));
      const epoch = run.epochs?.[setting] ?? "";
      const names = [run.recommender, `"${run.variant.replaceAll('"', '""')}"`, setting, run.fold, run.seed];
      lines.push([...names, ...numbers, epoch, run.seconds.toFixed(2)].join(","));
    }
  }
  return `${lines.join("\n")}\n`;
}

/** The table as JSON, for stage results. */
export function table1Json(table: Table1): Json {
  return JSON.parse(JSON.stringify(table)) as Json;
}
