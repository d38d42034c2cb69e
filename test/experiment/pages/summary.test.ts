import { test } from "node:test";
import {
  ablationStage,
  ablationTests,
  claimRows,
  efficiencyStage,
  otherRuns,
  overSmoothedUsers,
  settings,
  table1Stage,
  table2Rows,
  table3Rows,
  type Experiment,
  type Table1,
} from "reclm/experiment";
import { assertReadmeHas } from "./pages";
import { cloneMissing, modelsMissing, restoredExperiment } from "../restored";

type Row = Readonly<Record<string, string | number>>;

const points = (ours: string, paper: string): string => {
  const gap = (Number.parseFloat(ours) - Number.parseFloat(paper)).toFixed(1);
  return `${gap.startsWith("-") ? "" : "+"}${gap} points`;
};
const count = (rows: readonly Row[], verdict: string): number =>
  rows.filter((row) => row["verdict"] === verdict).length;
const isLightGcn = (row: Row): boolean => row["recommender"] === "LightGCN";

/** Paper, ours, gap and the count of verdicts of Table 1's gains. */
function gainCells(table: Table1): readonly string[] {
  const rows = settings.flatMap((setting) => claimRows(table, setting));
  const { gain, "paper, MIND": paper } = claimRows(table, "fullShot").find(isLightGcn)!;
  const verdicts = `${count(rows, "confirmed")} of ${rows.length} confirmed, ${count(rows, "contradicted")} contradicted`;
  return [paper!, gain!, points(gain!, paper!), verdicts];
}

function table2Cells(table: Table1): readonly string[] {
  const rows = table2Rows(table);
  const of = (column: string, recommender: string): readonly number[] =>
    rows.filter((row) => row["recommender"] === recommender).map((row) => Number.parseFloat(row[column]!));
  const change = ([base, without]: readonly number[]): string => `${(100 * (without! / base! - 1)).toFixed(1)}%`;
  const order = (values: readonly number[]): string =>
    [...values.keys()].sort((one, other) => values[one]! - values[other]!).join();
  const verdicts = ["LightGCN", "SGL"].map((name) =>
    order(of("full R@20", name)) === order(of("paper, MIND R@20", name)) ? `${name} the paper's` : `${name} another`,
  );
  const [paper, ours] = [change(of("paper, MIND R@20", "LightGCN")), change(of("full R@20", "LightGCN"))];
  return [paper, ours, points(ours, paper), `order of rows: ${verdicts.join(", ")}`];
}

async function table3Cells(experiment: Experiment): Promise<readonly string[]> {
  const rows = table3Rows(await efficiencyStage.read(experiment));
  const { cost, "paper cost": paper } = rows.find((row) => isLightGcn(row) && row["size"] === "MIND")!;
  const dearer = rows.filter(
    (row) => Number.parseFloat(String(row["cost"])) > Number.parseFloat(String(row["paper cost"])),
  );
  const verdict = `dearer in ${dearer.length} of ${rows.length}: a CPU, not an A100`;
  return [String(paper), String(cost), points(String(cost), String(paper)), verdict];
}

/** Of all tuning seeds: one cell's differences, and the verdicts over the claims that are meant. */
async function figureCells(experiment: Experiment): Promise<readonly (readonly string[])[]> {
  const runs = await Promise.all([experiment, ...otherRuns(experiment)].map((run) => ablationStage.read(run)));
  const rows = runs.flatMap((run) => ablationTests([run]));
  const shown = (claim: string): string =>
    rows
      .filter((row) => isLightGcn(row) && row["setting"] === "Full-shot" && row["claim"] === claim)
      .map((row) => row["difference R@20"])
      .join(", ");
  const verdicts = (meant: readonly Row[], what: string): string =>
    `of ${meant.length} ${what} ${count(meant, "confirmed")} confirmed, ${count(meant, "contradicted")} contradicted`;
  const claimOf = (row: Row): string => String(row["claim"]);
  const steps = rows.filter((row) => !/LLMRec-style|Base/.test(claimOf(row)));
  const other = rows.filter((row) => claimOf(row) === "RecLM above LLMRec-style");
  return [
    ["above", shown("RecLM above Mask"), "—", verdicts(steps, "pairs of tuning steps")],
    ["above", shown("RecLM above LLMRec-style"), "—", verdicts(other, "pairs")],
  ];
}

test("the README's results on MovieLens are those of the committed trainings", { skip: modelsMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "ml-100k");
  const { table } = await table1Stage.read(experiment);
  const [steps, other] = await figureCells(experiment);
  const { note } = await overSmoothedUsers(experiment, 1);
  const [users, fewer, more] = note.match(/\d+/g)!;
  assertReadmeHas(experiment, [
    ["Table 1, gain by profiles", "MovieLens 100K", ...gainCells(table)],
    ["Table 3, cost of profiles", "MIND's size", ...(await table3Cells(experiment))],
    ["Figure 2, RecLM above Mask", "MovieLens 100K", ...steps!],
    ["Figure 3, RecLM above LLMRec-style", "MovieLens 100K", ...other!],
    [
      "Figure 4, fewer borrowed terms",
      "MovieLens 100K",
      "one user",
      `${fewer} of ${users} users`,
      "—",
      `${more} have more`,
    ],
  ]);
});

test(
  "the README's results on MIND's sample are those of the committed trainings",
  { skip: cloneMissing },
  async (t) => {
    const experiment = await restoredExperiment(t, "mind-sample");
    const { table } = await table1Stage.read(experiment);
    const [steps, other] = await figureCells(experiment);
    assertReadmeHas(experiment, [
      ["Table 1, gain by profiles", "a sample of MIND", ...gainCells(table)],
      ["Table 2, without users' profiles", "a sample of MIND", ...table2Cells(table)],
      ["Figure 2, RecLM above Mask", "a sample of MIND", ...steps!],
      ["Figure 3, RecLM above LLMRec-style", "a sample of MIND", ...other!],
    ]);
  },
);
