// Expected p-values: test/reference/experiment/table1_tests.py (scipy). Means and deviations: by hand.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  cellText,
  meanAndSpread,
  pathsOfClone,
  recallPanels,
  table1Cells,
  table1Csv,
  table1Json,
  table1Markdown,
  table1Notes,
  table1Rows,
  testRows,
  verdicts,
  type Accuracy,
  type Setting,
  type Table1,
  type Table1Run,
  type Table1Test,
} from "reclm/experiment";
import type { AccuracyResult } from "reclm/metrics";

const { root } = pathsOfClone();
type Tests = typeof import("../../../lib/dist/experiment/tables/table1Tests.js");
const { table1Tests } = require(join(root, "lib", "dist", "experiment", "tables", "table1Tests.js")) as Tests;
type Measured = Parameters<typeof table1Tests>[0][number];

const accuracy = (recall20: number): Accuracy => ({ recall20, recall40: 0.25, ndcg20: 0.125, ndcg40: 1 });

function run(recommender: string, variant: string, fold: number, seed: number, full: number): Table1Run {
  const both = { fullShot: accuracy(full), zeroShot: accuracy(full / 2) };
  return { recommender, variant, fold, seed, ...both, epochs: { fullShot: 10, zeroShot: 5 }, seconds: 1.234 };
}

const sizes = [
  {
    fold: 0,
    fullShot: { users: 60, positives: 500, candidates: 200 },
    zeroShot: { users: 41, positives: 90, candidates: 40 },
  },
];
const popularity = {
  recommender: "floor",
  variant: "popularity",
  fold: 0,
  seed: 0,
  fullShot: accuracy(0.3),
  seconds: 0,
};
const runs = [
  popularity,
  run("BiasMF", "Base", 0, 1, 0.1),
  run("BiasMF", 'Augmented ("Mask", v2)', 0, 1, 0.2),
  run("BiasMF", "Base", 0, 2, 0.2),
  run("LightGCN", "Base", 0, 1, 0.5),
];
const label = "a sample of users and items: shows the mechanism, too small to rank methods";
const table: Table1 = { dataset: "ml-100k", preset: "quick", label, sizes, runs, tests: [], claims: [] };

test("rows are means and sample deviations over runs, in the order of first runs", () => {
  const rows = table1Rows(table);
  assert.deepEqual(
    rows.map((row) => [row.recommender, row.variant, row.runs]),
    [
      ["floor", "popularity", 1],
      ["BiasMF", "Base", 2],
      ["BiasMF", 'Augmented ("Mask", v2)', 1],
      ["LightGCN", "Base", 1],
    ],
  );
  const base = rows[1]!.cells.fullShot.recall20!;
  assert.ok(Math.abs(base.mean - 0.15) < 1e-12);
  assert.ok(Math.abs(base.sd! - 0.1 / Math.SQRT2) < 1e-12);
  assert.equal(rows[0]!.cells.zeroShot.recall20, undefined);
  assert.equal(rows[3]!.cells.zeroShot.recall20!.sd, undefined);
  assert.deepEqual(meanAndSpread([2, 4, 9]), { mean: 5, sd: Math.sqrt(13) });
  assert.throws(() => meanAndSpread([]), { name: "RangeError", message: /^Cannot average no values/ });
});

test("cells have four decimals as in the paper, a spread where there is one, a dash where nothing was run", () => {
  assert.equal(cellText({ mean: 0.15634, sd: undefined }), "0.1563");
  assert.equal(cellText({ mean: 0.1, sd: 0.00456 }), "0.1000 ± 0.0046");
  assert.equal(cellText(undefined), "—");
  assert.deepEqual(table1Cells(table)[0], {
    Recommender: "floor",
    Variant: "popularity",
    "Full R@20": "0.3000",
    "Full R@40": "0.2500",
    "Full N@20": "0.1250",
    "Full N@40": "1.0000",
    "Zero R@20": "—",
    "Zero R@40": "—",
    "Zero N@20": "—",
    "Zero N@40": "—",
  });
});

test("under the table stand what it may be read as, users and positives, and the reason of each dash", () => {
  assert.deepEqual(table1Notes(table), [
    `ml-100k, preset quick: ${label}. 1 fold, 2 seeds.`,
    "Fold 0: full-shot 60 users, 500 positives, 200 candidates; zero-shot 41 users, 90 positives, 40 candidates.",
    "— popularity, zero-shot: items are scored by their training pairs, of which cold items have none.",
  ]);
  const { zeroShot: _, ...half } = run("NCF", "Base", 0, 1, 0.5);
  assert.equal(table1Notes({ ...table, runs: [half] }).at(-1), "— NCF Base, zero-shot: not run.");
  assert.equal(table1Notes({ ...table, runs: runs.slice(1) }).length, 2);
});

test("Markdown is one table, with numbers to the right and the notes below", () => {
  const lines = table1Markdown(table).split("\n");
  assert.equal(
    lines[0],
    "| Recommender | Variant | Full R@20 | Full R@40 | Full N@20 | Full N@40 | Zero R@20 | Zero R@40 | Zero N@20 | Zero N@40 |",
  );
  assert.equal(lines[1], `| --- | --- |${" ---: |".repeat(8)}`);
  assert.match(lines[3]!, /^\| BiasMF \| Base \| 0\.1500 ± 0\.0707 \| 0\.2500 ± 0\.0000 \|/);
  assert.deepEqual([lines[6], lines[7]], ["", `${table1Notes(table)[0]}  `]);
  assert.ok(lines.slice(0, 6).every((line) => line.split("|").length === 12));
});

test("CSV holds every run and setting that was run, with quotes doubled", () => {
  const lines = table1Csv(table).trimEnd().split("\n");
  assert.equal(lines[0], "recommender,variant,setting,fold,seed,recall20,recall40,ndcg20,ndcg40,epoch,seconds");
  assert.equal(lines.length, 1 + 2 * runs.length - 1);
  assert.equal(lines[1], 'floor,"popularity",fullShot,0,0,0.300000,0.250000,0.125000,1.000000,,0.00');
  assert.equal(lines[5], 'BiasMF,"Augmented (""Mask"", v2)",zeroShot,0,1,0.100000,0.250000,0.125000,1.000000,5,1.23');
  assert.deepEqual(table1Json(table), JSON.parse(JSON.stringify(table)));
});

test("bars leave floors and oracles to the table", () => {
  const oracle = run("LightGCN", "oracle: item profiles from test pairs", 0, 1, 0.9);
  const shuffled = run("LightGCN", "control: users shuffled", 0, 1, 0.4);
  const panels = recallPanels({ ...table, runs: [...runs, oracle, shuffled] });
  assert.deepEqual(
    panels.map(({ title }) => title),
    ["Full-shot", "Zero-shot"],
  );
  const names = panels[1]!.rows.map((row) => `${row.recommender} ${row.variant}`);
  assert.deepEqual(names, ["BiasMF Base", 'BiasMF Augmented ("Mask", v2)', "LightGCN Base", "LightGCN users shuffled"]);
  assert.ok(Math.abs(panels[0]!.rows[0]!.spread! - 0.1 / Math.SQRT2) < 1e-12);
  assert.equal("spread" in panels[0]!.rows[1]!, false);
});

interface Reference {
  readonly users: number;
  readonly runs: readonly {
    readonly recommender: string;
    readonly variant: string;
    readonly seed: number;
    readonly setting: Setting;
    readonly values: readonly number[];
  }[];
  readonly tests: readonly Omit<Table1Test, "variant" | "users">[];
}

/** Runs of the reference as the trainings that they stand for; of their accuracy the tests read users' Recall@20. */
function measuredOf({ users, runs: made }: Reference): readonly Measured[] {
  const result = (values: readonly number[]): AccuracyResult => {
    const recall20 = Float32Array.from(values);
    const perUser = { recall20, recall40: recall20, ndcg20: recall20, ndcg40: recall20 };
    const ids = Int32Array.from({ length: users }, (_, user) => 3 * user);
    return { mean: accuracy(0), users: ids, perUser, positives: users, candidates: 100 };
  };
  const choice: Measured["choice"] = { epochs: { fullShot: 1, zeroShot: 1 }, curve: [] };
  return made
    .filter(({ setting }) => setting === "fullShot")
    .map(({ recommender, variant, seed, values }) => {
      const twin = made.find(
        (other) =>
          other.setting === "zeroShot" &&
          other.recommender === recommender &&
          other.variant === variant &&
          other.seed === seed,
      )!;
      const results = { fullShot: result(values), zeroShot: result(twin.values) };
      return { run: run(recommender, variant, 0, seed, 0), choice, results };
    });
}

test("Augmented is tested against Base and every control, but no oracle, as scipy does, Holm over the whole table", () => {
  const file = join(root, "test", "reference", "experiment", "table1_tests.json");
  const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;
  const tests = table1Tests(measuredOf(reference));
  assert.deepEqual(
    tests.map(({ recommender, setting, against }) => [recommender, setting, against]),
    reference.tests.map(({ recommender, setting, against }) => [recommender, setting, against]),
  );
  tests.forEach((ours, at) => {
    const theirs = reference.tests[at]!;
    assert.equal(ours.variant, "Augmented (Mask)");
    assert.equal(ours.users, reference.users);
    for (const field of ["difference", "p", "pHolm"] as const) {
      const distance = Math.abs(ours[field] - theirs[field]);
      assert.ok(distance <= 1e-6 * Math.abs(theirs[field]) + 1e-12, `${field} ${ours[field]}, not ${theirs[field]}`);
    }
  });
});

const tested = (against: string, difference: number, pHolm: number, setting: Setting = "fullShot"): Table1Test => ({
  recommender: "BiasMF",
  setting,
  variant: "Augmented (Mask)",
  against,
  difference,
  users: 60,
  p: pHolm / 10,
  pHolm,
});

function verdictOf(...tests: readonly Table1Test[]): string {
  return verdicts({ ...table, tests })[0]!["verdict"]!;
}

test("a gain is information only above Base and both shuffles, corrected; other controls do not count", () => {
  const [base, users, items] = [
    tested("Base", 0.05, 0.01),
    tested("control: users shuffled", 0.03, 0.049),
    tested("control: items shuffled", 0.02, 0.001),
  ];
  assert.equal(verdictOf(base, users, items), "above Base and shuffled");
  assert.equal(
    verdictOf(base, users, items, tested("control: teacher without the LLM", -0.1, 0.001)),
    "above Base and shuffled",
  );
  assert.equal(verdictOf(base, { ...users, pHolm: 0.05 }, items), "not distinguishable");
  assert.equal(verdictOf(base, users, { ...items, difference: -0.02 }), "not distinguishable");
  assert.equal(verdictOf({ ...base, difference: -0.05 }, users, items), "below Base");
  assert.equal(verdictOf({ ...base, difference: -0.05, pHolm: 0.2 }, users, items), "not distinguishable");
});

test("a setting without tests has no verdict", () => {
  const rows = verdicts({
    ...table,
    tests: [tested("Base", 0.05, 0.01), tested("control: users shuffled", 0.1, 0.01)],
  });
  assert.deepEqual(
    rows.map(({ setting, verdict }) => [setting, verdict]),
    [
      ["full-shot", "not tested"],
      ["zero-shot", "not tested"],
    ],
  );
  assert.deepEqual(verdicts(table), []);
});

test("test rows have four decimals; a p-value is never printed as zero", () => {
  const tests = [tested("control: users shuffled", -0.01234, 1e-9), tested("Base", 0.5, 0.00321, "zeroShot")];
  const rows = testRows({ ...table, tests });
  assert.deepEqual(rows[0], {
    recommender: "BiasMF",
    setting: "full-shot",
    "Augmented against": "users shuffled",
    "difference R@20": "-0.0123",
    users: 60,
    p: "<0.0001",
    "p (Holm)": "<0.0001",
  });
  assert.deepEqual([rows[1]!["p"], rows[1]!["p (Holm)"]], ["0.0003", "0.0032"]);
});
