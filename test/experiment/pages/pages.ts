import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Experiment } from "reclm/experiment";

type Cells = readonly (string | number | undefined)[];

/** docs/results.md. */
export function resultsPageOf({ paths }: Experiment): string {
  return readFileSync(join(paths.root, "docs", "results.md"), "utf8");
}

/** Fails with the rows that docs/results.md lacks. */
export function assertResultsHave(experiment: Experiment, rows: readonly Cells[]): void {
  const lines = rows.map((cells) => `| ${cells.join(" | ")} |`);
  assertLines(resultsPageOf(experiment), lines, (line, wanted) => line === wanted);
}

/** Fails with the rows that README.md lacks; the page's may go on with further cells. */
export function assertReadmeHas({ paths }: Experiment, rows: readonly Cells[]): void {
  const lines = rows.map((cells) => `| ${cells.join(" | ")} |`.replace(/ +/g, " "));
  const page = readFileSync(join(paths.root, "README.md"), "utf8");
  assertLines(page, lines, (line, wanted) => line.startsWith(wanted));
}

function assertLines(page: string, lines: readonly string[], fits: (line: string, wanted: string) => boolean): void {
  const there = page.split("\n");
  assert.ok(lines.length > 0);
  assert.deepEqual(
    lines.filter((wanted) => !there.some((line) => fits(line, wanted))),
    [],
    "rows that the page lacks",
  );
}
