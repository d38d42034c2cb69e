import { headItems } from "../../metrics";
import { headSize, type BasePoint, type BaseRun } from "../recommenders/baseStage";
import type { PreparedData } from "../data/dataStage";
import { paperTable1 } from "../paper/paperTables";
import { accuracyColumns, columnTitles, settings, type Accuracy, type Setting } from "../paper/accuracy";
import { cellText, meanAndSpread, signedPercent } from "../paper/cells";
import type { Table1Run } from "./table1";
import type { TextName } from "../presets/textNames";

/** How a run's epoch is chosen: on validation, or, as in the authors' code, the best on the test. */
export type EpochRule = "validation" | "test";

/** The evaluated point that a rule picks in a setting. */
export function pickedPoint({ choice, test }: BaseRun, setting: Setting, rule: EpochRule): BasePoint {
  const epoch = choice.epochs[setting];
  const picked =
    rule === "validation"
      ? test.find((point) => point.epoch === epoch)
      : test.reduce((best, point) => (point[setting].recall20 > best[setting].recall20 ? point : best));
  if (!picked) throw new RangeError(`Cannot find epoch ${epoch}: it was not evaluated on the test`);
  return picked;
}

/** How our seeds stand to a printed number. */
export type Verdict = "within the seeds' range" | "near (10%)" | "off";

/** @example verdictOf([0.066, 0.073], 0.0683) // "within the seeds' range" */
export function verdictOf(values: readonly number[], printed: number): Verdict {
  if (printed >= Math.min(...values) && printed <= Math.max(...values)) return "within the seeds' range";
  const { mean } = meanAndSpread(values);
  return Math.abs(mean - printed) <= 0.1 * printed ? "near (10%)" : "off";
}

/** One row a recommender, text and metric: both choices of epoch, and where the data are the paper's, its number and the gap. */
export function baseRows(
  runs: readonly BaseRun[],
  setting: Setting,
  dataset: string,
): readonly Readonly<Record<string, string>>[] {
  return groupsOf(runs).flatMap(({ recommender, text, own }) =>
    accuracyColumns.map((metric) => {
      const valuesBy = (rule: EpochRule): readonly number[] =>
        own.map((run) => pickedPoint(run, setting, rule)[setting][metric]);
      const picked = valuesBy("test");
      return {
        recommender,
        text,
        metric: columnTitles[metric],
        "epoch by validation": cellText(meanAndSpread(valuesBy("validation"))),
        "epoch by test (as the authors)": cellText(meanAndSpread(picked)),
        ...paperCells(printedBase(recommender, setting, dataset)?.[metric], picked),
      };
    }),
  );
}

function paperCells(printed: number | undefined, picked: readonly number[]): Readonly<Record<string, string>> {
  if (printed === undefined) return {};
  const gap = meanAndSpread(picked).mean / printed - 1;
  return { paper: printed.toFixed(4), gap: signedPercent(gap), verdict: verdictOf(picked, printed) };
}

/** The paper's Base on its own data; undefined on others. */
export function printedBase(recommender: string, setting: Setting, dataset: string): Accuracy | undefined {
  if (dataset !== "MIND") return undefined;
  return paperTable1.find(
    (row) => row.setting === setting && row.recommender === recommender && row.variant === "Base",
  )!.accuracy.MIND;
}

interface Group {
  readonly recommender: BaseRun["recommender"];
  readonly text: TextName;
  readonly own: readonly BaseRun[];
}

function groupsOf(runs: readonly BaseRun[]): readonly Group[] {
  const groups = new Map<string, BaseRun[]>();
  for (const run of runs) {
    const key = `${run.text} ${run.recommender}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map((own) => ({ recommender: own[0]!.recommender, text: own[0]!.text, own }));
}

/** Test Recall@20 over the epochs: mean, lowest and highest seed of each recommender with one kind of text. */
export function baseCurves(runs: readonly BaseRun[], setting: Setting, text: TextName) {
  const groups = groupsOf(runs.filter((run) => run.text === text));
  return groups.map(({ recommender, own }) => {
    const at = own[0]!.test.map((_, place) => own.map(({ test }) => test[place]![setting].recall20));
    return {
      name: recommender,
      epochs: own[0]!.test.map(({ epoch }) => epoch),
      mean: at.map((values) => meanAndSpread(values).mean),
      low: at.map((values) => Math.min(...values)),
      high: at.map((values) => Math.max(...values)),
    };
  });
}

/** Test Recall@20 against seconds of training, both at the chosen epoch, means over seeds. */
export function baseTimes(runs: readonly BaseRun[], setting: Setting, text: TextName) {
  return groupsOf(runs.filter((run) => run.text === text)).map(({ recommender, own }) => {
    const points = own.map((run) => pickedPoint(run, setting, "validation"));
    const { mean, sd } = meanAndSpread(points.map((point) => point[setting].recall20));
    const seconds = meanAndSpread(points.map((point) => point.seconds)).mean;
    return { name: recommender, seconds, accuracy: mean, ...(sd === undefined ? {} : { spread: sd }) };
  });
}

/** Each recommender's share of recommendations in the head. */
export function baseHeads(runs: readonly BaseRun[], text: TextName) {
  return groupsOf(runs.filter((run) => run.text === text)).map(({ recommender, own }) => {
    const { mean, sd } = meanAndSpread(own.map(({ headShare }) => headShare));
    return { name: recommender, share: mean, ...(sd === undefined ? {} : { spread: sd }) };
  });
}

/** The head's share of the pairs that a full-shot list could hit. */
export function headTruth({ testView, wholeSet }: PreparedData, share = headSize): number {
  const isHead = headItems(wholeSet.train, share);
  const { columns } = testView.fullShot.positives;
  return columns.reduce((sum, item) => sum + isHead[item]!, 0) / columns.length;
}

/** Recall@20 of the floors in a setting, where they have one; the oracle left out. */
export function floorLines(floors: readonly Table1Run[], setting: Setting) {
  return floors.flatMap((run) => {
    const accuracy = run[setting];
    return accuracy && !run.variant.startsWith("oracle") ? [{ name: run.variant, accuracy: accuracy.recall20 }] : [];
  });
}

/** All floors as a table, Recall and NDCG in both settings. */
export function floorRows(floors: readonly Table1Run[]): readonly Readonly<Record<string, string>>[] {
  return floors.map((run) => {
    const row: Record<string, string> = { floor: run.variant };
    for (const setting of settings) {
      for (const metric of accuracyColumns) {
        const name = `${setting === "fullShot" ? "full" : "zero"} ${columnTitles[metric]}`;
        row[name] = run[setting]?.[metric].toFixed(4) ?? "—";
      }
    }
    return row;
  });
}
