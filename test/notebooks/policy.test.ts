import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readNotebook, sourceHash } from "reclm/notebook";
import { root } from "../notebook/kernelspec";
import { placesIn, policyFindings, readRaw, type RawCell, type RawNotebook, type RawOutput } from "./policy";

type Lint = typeof import("../../lib/dist/notebook/lintNotebook.js");
const { lintNotebook } = require(join(root, "lib", "dist", "notebook", "lintNotebook.js")) as Lint;

const folder = join(root, "notebooks");
const names = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));

test("the notebooks are there, numbered without gaps", () => {
  assert.ok(names.length > 0);
  assert.deepEqual(
    names.sort().map((name) => Number(name.slice(0, 2))),
    names.map((_, at) => at + 1),
  );
});

for (const name of names) {
  test(`notebooks/${name} keeps the rules`, async () => {
    const path = join(folder, name);
    assert.deepEqual(lintNotebook(await readNotebook(path)), []);
    assert.deepEqual(policyFindings(path, readRaw(path)), []);
  });
}

// The rest shows, on made-up notebooks, that the rules can be broken.

const path = join(folder, "03-made-up.ipynb");
const opening = "# 3 · Title\n\n**Why?**\n\nPaper: Section 2.3. Time: a minute.";
const minutes = { smoke: 5, quick: 4, "ml-100k": 20 };

function code(source: string, ran?: { count: number; outputs?: readonly RawOutput[]; hash?: string }): RawCell {
  const executed = { reclm: { executed: ran?.hash ?? sourceHash(source) } };
  const metadata = { tags: source === "1" ? ["parameters"] : [], ...(ran ? executed : {}) };
  return { cell_type: "code", source, metadata, execution_count: ran?.count ?? null, outputs: ran?.outputs ?? [] };
}

function notebook(cells: readonly RawCell[], first = opening, kernel = "tslab"): RawNotebook {
  const markdown = { cell_type: "markdown", source: first, metadata: {} };
  return { cells: [markdown, ...cells], metadata: { kernelspec: { name: kernel }, reclm: { minutes } } };
}

const findingsOf = (...cells: readonly RawCell[]): readonly string[] => policyFindings(path, notebook(cells));

test("kernel, opening, sizes and links are looked at", () => {
  assert.deepEqual(findingsOf(code("1")), []);
  assert.match(policyFindings(path, notebook([code("1")], opening, "ijavascript"))[0]!, /kernel is "ijavascript"/);
  assert.deepEqual(policyFindings(path, notebook([code("1")], "# 4 · Title")), [
    'the first cell does not open with "# 3 · "',
    "the first cell asks no question in bold",
    "the first cell names no section of the paper",
    "the first cell does not say how long it takes",
  ]);
  const limitless = { ...notebook([code("1")]), metadata: { kernelspec: { name: "tslab" }, reclm: {} } };
  assert.deepEqual(policyFindings(path, limitless), ["it has no minutes for smoke, quick, ml-100k"]);
  assert.deepEqual(findingsOf(code("2")), ['0 code cells are tagged "parameters", not one']);
  assert.deepEqual(findingsOf(code("1"), code("1")), ['2 code cells are tagged "parameters", not one']);
  assert.deepEqual(findingsOf(code("1"), code("2\n".repeat(26))), [
    "a code cell has 26 lines, more than 25",
    "its code cells have a median of 13.5 lines, more than 8",
  ]);
  assert.deepEqual(findingsOf(code("1"), code("2"), code("3\n".repeat(25))), []);
  const links = `${opening}\n[a](01-data.ipynb) [b](#c) [d](https://a.b/c) [e](../README.md#f) [g](99-gone.ipynb)`;
  assert.deepEqual(policyFindings(path, notebook([code("1")], links)), ["its link to 99-gone.ipynb leads nowhere"]);
});

test("places on a machine are found, fractions, tags and addresses of pages are not", () => {
  assert.deepEqual(placesIn('read("/data/sets/a.csv")'), ["/data/sets/a.csv"]);
  assert.deepEqual(placesIn("at f (/opt/x/y.js:1:2), C:\\Users"), ["/opt/x/y.js", "C:\\Users"]);
  assert.deepEqual(placesIn("http://10.1.2.3/x"), ["10.1.2.3"]);
  assert.deepEqual(placesIn("<b>1</b><br/> 3/4/5 a/b/c https://a.b/c/d ../x/y tok/s/core $a/(b/c)/d/e$"), []);
  const output = { output_type: "display_data", data: { "text/html": ["<p>x</p>\n", "see /a/b/c"] } };
  assert.deepEqual(findingsOf(code("1", { count: 1, outputs: [output] })), ['cell 2 has "/a/b/c"']);
});

test("a notebook has run from top to bottom with the code it shows, or not at all", () => {
  const ran = (count: number, hash?: string): RawCell => code(String(count), { count, ...(hash ? { hash } : {}) });
  assert.deepEqual(findingsOf(ran(1), ran(2)), []);
  assert.deepEqual(findingsOf(ran(1), code("2")), [
    "code cell 2 has execution count none",
    "code cell 2 has outputs of other code",
  ]);
  assert.deepEqual(findingsOf(ran(1), code("2", { count: 3 })), ["code cell 2 has execution count 3"]);
  assert.deepEqual(findingsOf(ran(1), ran(2, sourceHash("two"))), ["code cell 2 has outputs of other code"]);
  const outputs = [{ output_type: "error" }, { output_type: "stream", name: "stderr", text: ["w"] }];
  assert.deepEqual(findingsOf(code("1", { count: 1, outputs })), [
    "code cell 1 stores an error",
    "code cell 1 stores warnings (stderr)",
  ]);
});

test("a figure is stored as plotly JSON, PNG and words", () => {
  const whole = { "application/vnd.plotly.v1+json": { data: [] }, "image/png": "iVBOR/a/b/w0K", "text/plain": "bars" };
  const stored = (data: object): RawCell =>
    code("1", { count: 1, outputs: [{ output_type: "display_data", data: { ...data } }] });
  assert.deepEqual(findingsOf(stored(whole)), []);
  assert.deepEqual(findingsOf(stored({ ...whole, "text/plain": [" "] })), [
    "a figure of code cell 1 has no text/plain",
  ]);
  assert.deepEqual(findingsOf(stored({ "image/png": "iVBORw0K" })), [
    "a figure of code cell 1 has no application/vnd.plotly.v1+json",
    "a figure of code cell 1 has no text/plain",
  ]);
});
