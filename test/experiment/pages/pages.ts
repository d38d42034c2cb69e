import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Experiment } from "reclm/experiment";

export function readmeOf({ paths }: Experiment): string {
  return readFileSync(join(paths.root, "README.md"), "utf8");
}

/** Fails with the rows that the README lacks. */
export function assertReadmeHas(
  experiment: Experiment,
  rows: readonly (readonly (string | number | undefined)[])[],
): void {
  const readme = readmeOf(experiment).split("\n");
  const lines = rows.map((cells) => `| ${cells.join(" | ")} |`);
  assert.deepEqual(
    lines.filter((line) => !readme.includes(line)),
    [],
    "rows that README.md lacks",
  );
}
