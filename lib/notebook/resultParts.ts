import {
  ablationRows,
  ablationTests,
  accuracyRows,
  agreementRows,
  baseRows,
  claimRows,
  comparePolicies,
  dataStage,
  efficiencyStage,
  epochCosts,
  evidenceRows,
  findingRows,
  floorRows,
  floorsStage,
  fusionRows,
  fusionTests,
  maskEvidenceStage,
  policyEvidence,
  pooledRows,
  qualityRows,
  qualityStage,
  rewardStage,
  runAblation,
  runBases,
  runFusions,
  runGatedAblation,
  secondTurnCaption,
  secondTurnRows,
  secondTurnStage,
  settings,
  settingTitle,
  table1Csv,
  table1Json,
  table1Markdown,
  table1Stage,
  table2Rows,
  table3Rows,
  testRows,
  verdicts,
  writtenRows,
  type Experiment,
  type Setting,
  type Table1,
} from "../experiment";
import { table } from "./table";

/** What one notebook's stages leave in the results folder, and what of it the terminal shows. */
export interface ResultPart {
  /** Contents by file name. */
  readonly files: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The notebooks that leave tables, in the order in which the terminal shows them. */
const partsOf: readonly (readonly [notebook: string, part: (experiment: Experiment) => Promise<ResultPart>])[] = [
  ["06-recommenders", table1Part],
  ["05-profiles", qualityPart],
  ["04-tuning", secondTurnPart],
  ["07-reward", rewardPart],
  ["08-ppo", policyPart],
  ["09-five-recommenders", basesPart],
  ["10-efficiency", efficiencyPart],
  ["12-fusions", fusionPart],
  ["13-ablation", ablationPart],
];

/** The tables of these notebooks. */
export async function resultParts(
  experiment: Experiment,
  notebooks: readonly string[],
): Promise<readonly ResultPart[]> {
  const parts: ResultPart[] = [];
  for (const [notebook, part] of partsOf) if (notebooks.includes(notebook)) parts.push(await part(experiment));
  return parts;
}

async function table1Part(experiment: Experiment): Promise<ResultPart> {
  const { table: table1 } = await table1Stage.read(experiment);
  return {
    files: {
      "table-1.md": table1Markdown(table1),
      "table-1.csv": table1Csv(table1),
      "table-1.json": json(table1Json(table1)),
      "table-1-claims.md": settings.map((setting) => claims(table1, setting)).join("\n"),
      "table-2.md": `${table(table2Rows(table1)).markdown()}\n`,
    },
    text: [
      "Table 1",
      table1Markdown(table1),
      "Augmented against Base and controls (Recall@20, paired over users)",
      table(testRows(table1), { limit: 60 }).text(),
      "",
      table(verdicts(table1)).text(),
    ].join("\n"),
  };
}

function claims(table1: Table1, setting: Setting): string {
  return `## ${settingTitle(setting)}\n\n${table(claimRows(table1, setting), { limit: 60 }).markdown()}\n`;
}

async function qualityPart(experiment: Experiment): Promise<ResultPart> {
  const rows = qualityRows(await qualityStage.read(experiment));
  const columns = ["variant", "n", "in format", "terms shared with own teacher", "with a shuffled teacher"];
  return {
    files: { "profile-quality.json": json(rows), "profile-quality.md": `${table(rows).markdown()}\n` },
    text: `Profiles of users never seen in tuning\n${table(rows, { columns }).text()}`,
  };
}

async function secondTurnPart(experiment: Experiment): Promise<ResultPart> {
  const result = await secondTurnStage.read(experiment);
  const [rows, caption] = [secondTurnRows(result), secondTurnCaption(result)];
  return {
    files: {
      "second-turn.json": json({ caption, rows }),
      "second-turn.md": `${table(rows).markdown()}\n\n${caption}\n`,
    },
    text: `The second turn: will this user like this item?\n${table(rows, { columns: ["scorer", "AUC", "95%", "right"] }).text()}`,
  };
}

async function rewardPart(experiment: Experiment): Promise<ResultPart> {
  const rows = accuracyRows(await rewardStage.read(experiment));
  const columns = ["rejected answer", "pairs", "ranked right"];
  return {
    files: { "reward-accuracy.json": json(rows), "reward-accuracy.md": `${table(rows).markdown()}\n` },
    text: `Held-out preference pairs ranked right by the reward model\n${table(rows, { columns }).text()}`,
  };
}

async function policyPart(experiment: Experiment): Promise<ResultPart> {
  const mask = await maskEvidenceStage.read(experiment);
  const policies = await policyEvidence(experiment);
  const evidence = evidenceRows([mask, ...policies]);
  const answers = findingRows(comparePolicies(mask, policies));
  const columns = ["policy", "n", "mean reward", "KL to Mask", "complete format", "tokens"];
  return {
    files: {
      "ppo.json": json({ policies: evidence, findings: answers }),
      "ppo.md": `${table(evidence).markdown()}\n\n${table(answers).markdown()}\n`,
    },
    text: `RecLM (PPO) and Mask on users never seen in tuning\n${table(evidence, { columns }).text()}`,
  };
}

async function basesPart(experiment: Experiment): Promise<ResultPart> {
  const { name } = await dataStage.read(experiment);
  const runs = await runBases(experiment);
  const floors = await floorsStage.read(experiment);
  const rows = settings.map((setting) => [setting, baseRows(runs, setting, name)] as const);
  const markdown = rows.map(
    ([setting, own]) => `## ${settingTitle(setting)}\n\n${table(own, { limit: 200 }).markdown()}\n`,
  );
  const recall = rows[0]![1].filter(({ metric }) => metric === "R@20");
  return {
    files: {
      "bases.json": json({ rows: Object.fromEntries(rows), floors, runs }),
      "bases.md": [...markdown, `## Floors\n\n${table(floorRows(floors)).markdown()}\n`].join("\n"),
    },
    text: `The five recommenders without profiles, full-shot\n${table(recall, { limit: 60 }).text()}`,
  };
}

async function efficiencyPart(experiment: Experiment): Promise<ResultPart> {
  const times = await efficiencyStage.read(experiment);
  const rows = table3Rows(times);
  return {
    files: { "table-3.json": json({ costs: epochCosts(times), times }), "table-3.md": `${table(rows).markdown()}\n` },
    text: `Table 3: seconds of an epoch without and with profiles\n${table(rows).text()}`,
  };
}

async function fusionPart(experiment: Experiment): Promise<ResultPart> {
  const runs = await runFusions(experiment);
  const [rows, tests] = [fusionRows(runs), fusionTests(runs)];
  const markdown = [rows, tests].map((each) => `${table(each, { limit: 80 }).markdown()}\n`).join("\n");
  const columns = ["fusion", "vectors", "against", "setting", "difference R@20", "folds above"];
  // Users' own numbers stay in the stage.
  const means = runs.map(({ users: _, ...run }) => run);
  return {
    files: { "fusions.json": json({ rows, tests, runs: means }), "fusions.md": markdown },
    text: `Fusions: real profiles against what stands in their place\n${table(tests, { limit: 80, columns }).text()}`,
  };
}

async function ablationPart(experiment: Experiment): Promise<ResultPart> {
  const ablations = await runAblation(experiment);
  const [rows, tests, written] = [ablationRows(ablations), ablationTests(ablations), writtenRows(ablations)];
  const agreement = agreementRows(ablations);
  const whole = (each: typeof rows): string => `${table(each, { limit: 200 }).markdown()}\n`;
  const markdown = [rows, tests, agreement, written].map(whole).join("\n");
  const columns = ["tuning seed", "setting", "recommender", "claim", "difference R@20", "verdict"];
  const gated = await runGatedAblation(experiment);
  const byGates = {
    rows: ablationRows(gated),
    pooled: pooledRows(gated),
    tests: ablationTests(gated),
    agreement: agreementRows(gated),
  };
  return {
    files: {
      "figures-2-3.json": json({ rows, tests, agreement, written, ablations }),
      "figures-2-3.md": markdown,
      "figure-2-gated.json": json({ ...byGates, ablations: gated }),
      "figure-2-gated.md": Object.values(byGates).map(whole).join("\n"),
    },
    text: `Figures 2 and 3: the paper's order of variants, pair by pair\n${table(tests, { limit: 60, columns }).text()}`,
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
