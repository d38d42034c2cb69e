import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathsOfClone } from "reclm/experiment";

const { root, results } = pathsOfClone();
const page = readFileSync(join(root, "README.md"), "utf8");
const shown = /```text\n(\| Recommender[^`]+)```/.exec(page)?.[1]?.trim().split("\n") ?? [];

test("the README shows the ends of quick as they are published", () => {
  const table = readFileSync(join(results("quick"), "table-1.md"), "utf8").split("\n");
  const rows = shown.filter((line) => line.startsWith("|")).map((line) => line.replace(/ \| \.\.\.$/, " |"));
  assert.ok(rows.length >= 4);
  assert.deepEqual(
    rows.filter((row) => !table.some((line) => line.startsWith(row))),
    [],
    "rows that results/quick/table-1.md lacks",
  );
  const figures = readdirSync(join(results("quick"), "figures"));
  assert.match(page, new RegExp(`Figures: data/runs/quick/results/figures/ \\(${figures.length} PNG\\)`));
});

test("every figure that the pages show is there", () => {
  for (const name of ["README.md", "docs/results.md"]) {
    const folder = join(root, name, "..");
    const text = readFileSync(join(root, name), "utf8");
    const pictures = [...text.matchAll(/\((\S+\.png)\)/g)].map(([, path]) => path!);
    assert.ok(pictures.length > 0);
    assert.deepEqual(
      pictures.filter((path) => !existsSync(join(folder, path))),
      [],
      name,
    );
  }
});
