import { jsonCodec, prngOf, seedOf, type JobControl, type Json, type Matrix } from "../core";
import type { Evaluation, TestView } from "../data";
import {
  contentScorer,
  easeScorer,
  evaluate,
  expectedRandomAccuracy,
  holm,
  meanOverRuns,
  pairedT,
  popularityScorer,
  type AccuracyResult,
  type Scorer,
} from "../metrics";
import {
  biasMf,
  constantRows,
  fitRecommender,
  historyMeanText,
  lightGcn,
  oracleItemProfiles,
  shuffledRows,
  type Augment,
  type EpochChoice,
  type Features,
  type RecommenderDefinition,
} from "../recommenders";
import { dataStage, type PreparedData } from "./dataStage";
import { encodeProfiles } from "./embeddings";
import type { Experiment } from "./experiment";
import { profileStage, type Profiles } from "./profileStage";
import { defineStage, type Stage } from "./stage";
import type { EvaluationSize, Setting, Table1, Table1Run, Table1Test } from "./table1";

/** Table 1 with the curves that its epochs were chosen from. */
export interface Table1Result {
  readonly table: Table1;
  /** Validation curves, one a recommender, variant and seed. */
  readonly curves: readonly {
    readonly recommender: string;
    readonly variant: string;
    readonly seed: number;
    readonly choice: EpochChoice;
  }[];
}

const definitions: Readonly<Record<"BiasMF" | "LightGCN", (augment: Augment) => RecommenderDefinition>> = {
  BiasMF: (augment) => biasMf(augment),
  LightGCN: (augment) => lightGcn(augment),
};

/** A row of Table 1: which sides are fused, and with which vectors in the profiles' place. */
interface Row {
  readonly variant: string;
  readonly augment: Augment;
  readonly features: Features;
}

const neither: Augment = { user: false, item: false };
const both: Augment = { user: true, item: true };

/** Base, Augmented and the controls for each recommender, then the floors; test pairs are touched after all choices. */
export const table1Stage: Stage<Table1Result> = defineStage<Table1Result>({
  name: "table-1",
  version: 1,
  notebook: "06-recommenders",
  inputs: (experiment) => ({
    profiles: profileStage.hash(experiment),
    encoder: experiment.encoder.hash,
    recommenders: JSON.parse(JSON.stringify(experiment.preset.recommenders)) as Json,
    seed: experiment.seed,
  }),
  codec: jsonCodec<Table1Result & Json>(),
  compute: async (experiment, _work, control) => {
    const data = await dataStage.read(experiment);
    const profiles = await profileStage.read(experiment);
    const rows = await rowsOf(experiment, data, profiles);
    const measured = await trainRows(experiment, data, rows, control);
    const floors = await floorRuns(data, control);
    const label = experiment.preset.label;
    const sizes = [
      { fold: data.fold, fullShot: sizeOf(data.testView, "fullShot"), zeroShot: sizeOf(data.testView, "zeroShot") },
    ];
    const runs = [...floors, ...measured.map(({ run }) => run)];
    const table = { dataset: data.name, preset: experiment.preset.name, label, sizes, runs, tests: testsOf(measured) };
    return {
      table,
      curves: measured.map(({ run: { recommender, variant, seed }, choice }) => ({
        recommender,
        variant,
        seed,
        choice,
      })),
    };
  },
});

async function rowsOf(experiment: Experiment, data: PreparedData, profiles: Profiles): Promise<readonly Row[]> {
  const { itemText } = data;
  const oracle = await oracleItemProfiles(data.split.test, 32, prngOf(experiment.seed, "oracle"));
  const userProfiles = await encodeProfiles(experiment, profiles.user.set);
  const itemProfiles = await encodeProfiles(experiment, profiles.item.set);
  const teacherUsers = await encodeProfiles(experiment, profiles.teacher.user);
  const teacherItems = await encodeProfiles(experiment, profiles.teacher.item);
  const dealt = (profilesOf: Matrix, side: string): Matrix =>
    shuffledRows(profilesOf, prngOf(experiment.seed, "shuffled", side));
  const row = (variant: string, users: Matrix, items: Matrix): Row => ({
    variant,
    augment: both,
    features: { itemText, userProfiles: users, itemProfiles: items },
  });
  return [
    { variant: "Base", augment: neither, features: { itemText } },
    row(`Augmented (${profiles.user.set.writer})`, userProfiles, itemProfiles),
    row("control: users shuffled", dealt(userProfiles, "users"), itemProfiles),
    row("control: items shuffled", userProfiles, dealtWithin(data, itemProfiles, experiment.seed)),
    row("control: one constant profile", constantRows(userProfiles), constantRows(itemProfiles)),
    row("control: teacher without the LLM", teacherUsers, teacherItems),
    // From what profiles are written from, so that validation pairs are in neither.
    row("control: history-mean text", historyMeanText(data.shown, itemText), itemText),
    {
      variant: "oracle: item profiles from test pairs",
      augment: { user: false, item: true },
      features: { itemText, itemProfiles: oracle },
    },
  ];
}

/** Warm items' profiles dealt among warm items, cold ones' among cold ones. */
function dealtWithin(data: PreparedData, profiles: Matrix, seed: number): Matrix {
  const warm = shuffledRows(profiles, prngOf(seed, "shuffled", "warm items"), data.wholeSet.warmItems);
  return shuffledRows(warm, prngOf(seed, "shuffled", "cold items"), data.coldItems);
}

interface Measured {
  readonly run: Table1Run;
  readonly choice: EpochChoice;
  readonly results: Readonly<Record<Setting, AccuracyResult>>;
}

async function trainRows(
  experiment: Experiment,
  data: PreparedData,
  rows: readonly Row[],
  control: JobControl,
): Promise<readonly Measured[]> {
  const { models, seeds } = experiment.preset.recommenders;
  const measured: Measured[] = [];
  const total = models.length * rows.length * seeds;
  for (const name of models) {
    for (const row of rows) {
      for (let seed = 1; seed <= seeds; seed++) {
        const result = await trainRow(experiment, data, name, row, seed, control);
        measured.push(result);
        const values = { "full R@20": result.run.fullShot!.recall20, "zero R@20": result.run.zeroShot!.recall20 };
        control.progress?.({
          label: `Table 1: ${name}, ${row.variant}`,
          done: measured.length,
          total,
          unit: "trainings",
          values,
        });
      }
    }
  }
  return measured;
}

async function trainRow(
  experiment: Experiment,
  data: PreparedData,
  name: "BiasMF" | "LightGCN",
  row: Row,
  seed: number,
  { signal }: JobControl,
): Promise<Measured> {
  const { epochs, evaluateEvery, batch, learningRate } = experiment.preset.recommenders;
  const started = Date.now();
  const definition = definitions[name](row.augment);
  // The same seed for every row of a recommender: rows differ in nothing but the vectors.
  const options = { seed: seedOf(experiment.seed, "table 1", name, seed), batch, learningRate };
  const budget = { epochs, evaluateEvery };
  const stop = signal ? { signal } : {};
  const fitted = await fitRecommender(definition, data.trainView, data.wholeSet, row.features, budget, options, stop);
  const fullShot = evaluate(fitted.models.fullShot.scorer, data.testView.fullShot);
  const zeroShot = evaluate(fitted.models.zeroShot.scorer, data.testView.zeroShot);
  const run = {
    recommender: name,
    variant: row.variant,
    fold: data.fold,
    seed,
    fullShot: fullShot.mean,
    zeroShot: zeroShot.mean,
    epochs: fitted.choice.epochs,
    seconds: (Date.now() - started) / 1000,
  };
  return { run, choice: fitted.choice, results: { fullShot, zeroShot } };
}

async function floorRuns(data: PreparedData, { signal }: JobControl): Promise<readonly Table1Run[]> {
  const { testView, itemText, wholeSet } = data;
  const { fullShot, zeroShot } = testView;
  const run = (variant: string, full?: Scorer, zero?: Scorer): Table1Run => {
    const started = Date.now();
    const results = {
      ...(full ? { fullShot: evaluate(full, fullShot).mean } : {}),
      ...(zero ? { zeroShot: evaluate(zero, zeroShot).mean } : {}),
    };
    const seconds = (Date.now() - started) / 1000;
    return { recommender: "floor", variant, fold: data.fold, seed: 0, ...results, seconds };
  };
  const random = { fullShot: expectedRandomAccuracy(fullShot), zeroShot: expectedRandomAccuracy(zeroShot) };
  const content = contentScorer(wholeSet.train, itemText);
  return [
    { recommender: "floor", variant: "random (expected)", fold: data.fold, seed: 0, ...random, seconds: 0 },
    run("popularity", popularityScorer(wholeSet.train)),
    run("content cosine", content, content),
    run("EASE", await easeScorer(wholeSet.train, 200, signal)),
    run("oracle popularity", popularityScorer(fullShot.positives), popularityScorer(zeroShot.positives)),
  ];
}

function sizeOf(testView: TestView, setting: Setting): EvaluationSize {
  const evaluation: Evaluation = testView[setting];
  const { starts, columns } = evaluation.positives;
  let users = 0;
  for (let user = 0; user + 1 < starts.length; user++) if (starts[user + 1]! > starts[user]!) users += 1;
  return { users, positives: columns.length, candidates: evaluation.candidates.length };
}

/** Augmented against Base and against every control, paired over test users, Holm over the whole table. */
function testsOf(measured: readonly Measured[]): readonly Table1Test[] {
  const tests: Omit<Table1Test, "pHolm">[] = [];
  const names = [...new Set(measured.map(({ run }) => run.recommender))];
  for (const recommender of names) {
    const own = measured.filter(({ run }) => run.recommender === recommender);
    const variants = [...new Set(own.map(({ run }) => run.variant))];
    const augmented = variants.find((variant) => variant.startsWith("Augmented"))!;
    for (const setting of ["fullShot", "zeroShot"] as const) {
      const valuesOf = (variant: string): Float64Array =>
        meanOverRuns(
          own.filter(({ run }) => run.variant === variant).map(({ results }) => results[setting]),
          "recall20",
        );
      const ours = valuesOf(augmented);
      for (const against of variants.filter((variant) => variant !== augmented && !variant.startsWith("oracle"))) {
        const theirs = valuesOf(against);
        const { difference, n, p } = pairedT(ours.map((value, user) => value - theirs[user]!));
        tests.push({ recommender, setting, variant: augmented, against, difference, users: n, p });
      }
    }
  }
  const corrected = holm(tests.map(({ p }) => p));
  return tests.map((test, at) => ({ ...test, pHolm: corrected[at]! }));
}
