import { existsSync, readFileSync } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { presetNames, presetOf } from "reclm/experiment";
import { sourceHash } from "reclm/notebook";

/** A notebook file as nbformat has it. */
export interface RawNotebook {
  readonly cells: readonly RawCell[];
  readonly metadata: {
    readonly kernelspec?: { readonly name?: string };
    readonly reclm?: { readonly minutes?: Readonly<Record<string, unknown>> };
  };
}

export interface RawCell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly execution_count?: number | null;
  readonly outputs?: readonly RawOutput[];
  readonly metadata: { readonly tags?: readonly string[]; readonly reclm?: { readonly executed?: string } };
}

export interface RawOutput {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: unknown;
  readonly data?: Readonly<Record<string, unknown>>;
}

const longestCell = 25;
const longestMedian = 8;
const plotly = "application/vnd.plotly.v1+json";

export function readRaw(path: string): RawNotebook {
  return JSON.parse(readFileSync(path, "utf8")) as RawNotebook;
}

/** What a committed notebook breaks of the house's rules, beside what the notebook lint finds. */
export function policyFindings(path: string, notebook: RawNotebook): readonly string[] {
  return [
    ...kernelFindings(notebook),
    ...openingFindings(path, notebook),
    ...sizeFindings(notebook),
    ...placeFindings(notebook),
    ...linkFindings(path, notebook),
    ...executionFindings(notebook),
    ...figureFindings(notebook),
  ];
}

function kernelFindings({ metadata }: RawNotebook): readonly string[] {
  const kernel = metadata.kernelspec?.name;
  return kernel === "tslab" ? [] : [`its kernel is "${kernel ?? "absent"}", not "tslab"`];
}

/** The first cell: "# 3 · Title", the question in bold, the paper's section and the minutes; limits for each preset. */
function openingFindings(path: string, notebook: RawNotebook): readonly string[] {
  const first = notebook.cells[0];
  const text = first?.cell_type === "markdown" ? textOf(first) : "";
  const number = Number(/^(\d+)/.exec(basename(path))?.[1]);
  const minutes = notebook.metadata.reclm?.minutes ?? {};
  const runs = presetNames.filter((name) => presetOf(name).notebooks?.includes(basename(path, ".ipynb")) ?? true);
  const limitless = runs.filter((name) => !(typeof minutes[name] === "number" && minutes[name] > 0));
  const wanted: readonly (readonly [boolean, string])[] = [
    [text.startsWith(`# ${number} · `), `the first cell does not open with "# ${number} · "`],
    [/^\*\*.*\?\*\*$/m.test(text), "the first cell asks no question in bold"],
    [/^Paper: .*\b(Sections?|Appendix|Appendices) \d/m.test(text), "the first cell names no section of the paper"],
    [/\bTime: .*\b(minutes?|hours?)\b/.test(text), "the first cell does not say how long it takes"],
    [limitless.length === 0, `it has no minutes for ${limitless.join(", ")}`],
  ];
  return wanted.flatMap(([holds, finding]) => (holds ? [] : [finding]));
}

function sizeFindings(notebook: RawNotebook): readonly string[] {
  const code = codeCells(notebook);
  const lengths = code.map((cell) => textOf(cell).trimEnd().split("\n").length).sort((a, b) => a - b);
  const longest = lengths.at(-1) ?? 0;
  const middle = lengths.length / 2;
  const median = ((lengths[Math.ceil(middle) - 1] ?? 0) + (lengths[Math.floor(middle)] ?? 0)) / 2;
  const tagged = code.filter((cell) => cell.metadata.tags?.includes("parameters")).length;
  return [
    ...(tagged === 1 ? [] : [`${tagged} code cells are tagged "parameters", not one`]),
    ...(longest > longestCell ? [`a code cell has ${longest} lines, more than ${longestCell}`] : []),
    ...(median > longestMedian ? [`its code cells have a median of ${median} lines, more than ${longestMedian}`] : []),
  ];
}

/** Paths from the root and names of a machine or user: in code, in texts, and in everything stored but pictures. */
function placeFindings(notebook: RawNotebook): readonly string[] {
  const texts = notebook.cells.flatMap((cell, at) =>
    [textOf(cell), ...(cell.outputs ?? []).map(outputText)].map((text) => ({ at, text })),
  );
  return texts.flatMap(({ at, text }) => placesIn(text).map((place) => `cell ${at + 1} has "${place}"`));
}

/** Absolute paths, addresses of machines, this machine's and user's names. */
export function placesIn(text: string): readonly string[] {
  const paths = text.match(/(?<![\w.<:/)}\]-])\/(?:[\w.@+-]+\/)+[\w.@+-]+|\bfile:\/\/\S+|\b[A-Z]:\\\\?\w+/g) ?? [];
  const addresses = text.match(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g) ?? [];
  const own = [hostname(), userInfo().username, homedir()].filter((name) => name.length > 4 && name !== "localhost");
  return [...paths, ...addresses, ...own.filter((name) => text.includes(name))];
}

/** Everything an output stores but its picture, whose base64 would look like paths. */
function outputText({ text, data = {} }: RawOutput): string {
  const words = Object.entries(data).filter(([mime]) => !mime.startsWith("image/"));
  return [text, ...words.map(([, value]) => value)].map(plain).join("\n");
}

function plain(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((line) => typeof line === "string")) return value.join("");
  return JSON.stringify(value) ?? "";
}

function linkFindings(path: string, notebook: RawNotebook): readonly string[] {
  const texts = notebook.cells.filter((cell) => cell.cell_type === "markdown").map(textOf);
  const targets = texts.flatMap((text) => [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!));
  const relative = targets.map((target) => target.split("#")[0]!).filter((target) => target !== "");
  const files = relative.filter((target) => !/^[a-z]+:/i.test(target));
  return files
    .filter((target) => !existsSync(join(dirname(path), decodeURIComponent(target))))
    .map((target) => `its link to ${target} leads nowhere`);
}

/** Either nothing has run, or every code cell has, once, in order, without an error, as the code stands there. */
function executionFindings(notebook: RawNotebook): readonly string[] {
  const code = codeCells(notebook);
  const untouched = code.every((cell) => (cell.execution_count ?? null) === null && (cell.outputs ?? []).length === 0);
  if (untouched) return [];
  return code.flatMap((cell, at) => {
    const outputs = cell.outputs ?? [];
    const wanted: readonly (readonly [boolean, string])[] = [
      [cell.execution_count === at + 1, `has execution count ${cell.execution_count ?? "none"}`],
      [cell.metadata.reclm?.executed === sourceHash(textOf(cell)), "has outputs of other code"],
      [outputs.every(({ output_type }) => output_type !== "error"), "stores an error"],
      [outputs.every(({ name }) => name !== "stderr"), "stores warnings (stderr)"],
    ];
    return wanted.flatMap(([holds, finding]) => (holds ? [] : [`code cell ${at + 1} ${finding}`]));
  });
}

/** A figure is stored as plotly JSON to explore, a PNG for viewers without plotly, and words for those without pictures. */
function figureFindings(notebook: RawNotebook): readonly string[] {
  const wanted = [plotly, "image/png", "text/plain"];
  return codeCells(notebook).flatMap((cell, at) =>
    (cell.outputs ?? []).flatMap(({ data = {} }) => {
      const isFigure = plotly in data || Object.keys(data).some((mime) => mime.startsWith("image/"));
      const absent = isFigure ? wanted.filter((mime) => plain(data[mime] ?? "").trim() === "") : [];
      return absent.map((mime) => `a figure of code cell ${at + 1} has no ${mime}`);
    }),
  );
}

function codeCells({ cells }: RawNotebook): readonly RawCell[] {
  return cells.filter((cell) => cell.cell_type === "code");
}

function textOf({ source }: RawCell): string {
  return typeof source === "string" ? source : source.join("");
}
