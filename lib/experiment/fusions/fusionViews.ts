import { counted } from "../../core";
import { holm, pairedT } from "../../metrics";
import { fusionNames, isFused, type FusionName } from "./fusionNames";
import type { FusionRun } from "./fusionStage";
import type { FusionSettings } from "../presets/preset";
import { settings, settingText, settingTitle, type Setting } from "../paper/accuracy";
import { cellText, meanAndSpread, pText } from "../paper/cells";

interface Group {
  readonly fusion: FusionName;
  readonly vectors: string;
  readonly runs: readonly FusionRun[];
}

/** The runs of each fusion and kind of vectors, fusions in their order. */
function groupsOf(runs: readonly FusionRun[]): readonly Group[] {
  const groups = new Map<string, FusionRun[]>();
  for (const run of runs) {
    const key = `${run.fusion}\n${run.vectors}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const all = [...groups.values()].map((own) => ({ fusion: own[0]!.fusion, vectors: own[0]!.vectors, runs: own }));
  return all.sort((a, b) => fusionNames.indexOf(a.fusion) - fusionNames.indexOf(b.fusion));
}

/** [folds] Recall@20 of each fold, a mean over seeds, by fold. */
function byFold(runs: readonly FusionRun[], setting: Setting): ReadonlyMap<number, number> {
  return new Map(
    foldsOf(runs).map((fold) => {
      const own = runs.filter((run) => run.fold === fold);
      return [fold, meanAndSpread(own.map((run) => run[setting].recall20)).mean];
    }),
  );
}

/** Recall@20 in both settings, mean and spread over folds (each a mean over seeds). */
export function fusionRows(runs: readonly FusionRun[]): readonly Readonly<Record<string, string | number>>[] {
  return groupsOf(runs).map(({ fusion, vectors, runs: own }) => {
    const cells = settings.map((setting) => cellText(meanAndSpread([...byFold(own, setting).values()])));
    const folds = byFold(own, "fullShot").size;
    return { fusion, vectors, "full R@20": cells[0]!, "zero R@20": cells[1]!, folds };
  });
}

/**
 * The comparisons that decide: real profiles against Base, against texts alone (zero-shot), against the same profiles shuffled, one for all, and the history's own
 * text. Real are the language model's where a fold has them and the teacher's elsewhere; where folds differ, the language model's
 * stand once more by themselves.
 */
export function fusionTests(runs: readonly FusionRun[]): readonly Readonly<Record<string, string | number>>[] {
  const groups = groupsOf(runs);
  const tests = fusionNames.filter(isFused).flatMap((fusion) => {
    const own = groups.filter((group) => group.fusion === fusion);
    const controls = ["shuffled", "constant", "history-mean text"];
    const others = [
      ...groups.filter((group) => !isFused(group.fusion)),
      ...controls.flatMap((name) => own.find(({ vectors }) => vectors === name) ?? []),
    ];
    return realOf(own).flatMap((real) =>
      others.flatMap((other) => settingsOf(other).map((setting) => testOf(fusion, real, other, setting))),
    );
  });
  const overUsers = tests.flatMap(({ ofUsers }) => ofUsers ?? []);
  const corrected = holm(overUsers);
  let next = 0;
  return tests.map(({ row, ofUsers }) => ({
    ...row,
    "p over users (Holm)": ofUsers === undefined ? "—" : pText(corrected[next++]!),
  }));
}

/** Texts alone are a floor of zero-shot; full-shot they are far below everything that is trained. */
function settingsOf({ fusion }: Group): readonly Setting[] {
  return fusion === "content cosine" ? ["zeroShot"] : settings;
}

/** Groups of real profiles: of all folds together, and the language model's alone where other folds have the teacher's. */
function realOf(groups: readonly Group[]): readonly Group[] {
  const written = groups.find(({ vectors }) => vectors.startsWith("profiles"));
  const taught = groups.find(({ vectors }) => vectors.startsWith("teacher"));
  if (!written || !taught) return [written ?? taught].flatMap((group) => group ?? []);
  const folds = foldsOf(written.runs);
  const rest = taught.runs.filter(({ fold }) => !folds.includes(fold));
  if (rest.length === 0) return [written];
  const where = folds.join(", ");
  const vectors = `${written.vectors} in fold ${where}, ${taught.vectors} elsewhere`;
  return [{ ...written, vectors, runs: [...written.runs, ...rest] }, written];
}

interface FusionTest {
  readonly row: Readonly<Record<string, string | number>>;
  /** Before correction; absent where users' own numbers are not known. */
  readonly ofUsers: number | undefined;
}

/** A difference fold by fold, with a test over folds only from two folds up, and over users where theirs are known. */
function testOf(fusion: FusionName, real: Group, other: Group, setting: Setting): FusionTest {
  const [ours, theirs] = [byFold(real.runs, setting), byFold(other.runs, setting)];
  const differences = [...ours].flatMap(([fold, value]) => (theirs.has(fold) ? [value - theirs.get(fold)!] : []));
  const { mean } = meanAndSpread(differences);
  const above = differences.filter((difference) => difference > 0).length;
  const row = {
    fusion,
    vectors: real.vectors,
    against: isFused(other.fusion) ? other.vectors : other.fusion,
    setting: settingText(setting),
    "difference R@20": `${mean >= 0 ? "+" : ""}${mean.toFixed(4)}`,
    "folds above": `${above} of ${differences.length}`,
    "p over folds": differences.length < 2 ? "—" : pText(pairedT(differences).p),
  };
  return { row, ofUsers: pOverUsers(real, other, setting) };
}

/** Paired t over the test users of one fold, each a mean over seeds. */
function pOverUsers(real: Group, other: Group, setting: Setting): number | undefined {
  const folds = foldsOf(real.runs);
  const ours = meanOverSeeds(real.runs, setting);
  const theirs = meanOverSeeds(
    other.runs.filter(({ fold }) => folds.includes(fold)),
    setting,
  );
  if (folds.length > 1 || !ours || !theirs) return undefined;
  return pairedT(ours.map((value, user) => value - theirs[user]!)).p;
}

function meanOverSeeds(runs: readonly FusionRun[], setting: Setting): readonly number[] | undefined {
  const all = runs.flatMap(({ users }) => (users ? [users[setting]] : []));
  if (all.length === 0 || all.length < runs.length) return undefined;
  return all[0]!.map((_, user) => all.reduce((sum, values) => sum + values[user]!, 0) / all.length);
}

/** What numbers and whiskers of the fusions stand for. */
export function fusionCaption({ recommender, folds, seeds }: FusionSettings): string {
  const over = `${counted(folds.length, "fold")} of cold items`;
  return `${recommender}, Recall@20; ${over}, ${counted(seeds, "seed")} each; whiskers: one standard deviation over folds; in a panel of one fold, over its seeds.`;
}

/**
 * Recall@20: a panel a setting, a group a fusion, a mark a kind of vectors, Base a line; spread over folds, over seeds where there is one
 * fold. Marks of a panel are of the same folds: where the language model's profiles are of some folds alone, those folds have panels of
 * their own.
 */
export function fusionPanels(runs: readonly FusionRun[]) {
  const folds = foldsOf(runs);
  const written = foldsOf(runs.filter(({ vectors }) => vectors.startsWith("profiles")));
  if (written.length === 0 || written.length === folds.length) return panelsOf(runs, "");
  const everywhere = runs.filter(({ vectors }) => !vectors.startsWith("profiles"));
  const there = runs.filter(({ fold }) => written.includes(fold));
  const where = `, ${written.length === 1 ? "fold" : "folds"} ${written.join(", ")}`;
  return [
    ...panelsOf(everywhere, `, ${counted(folds.length, "fold")}, the teacher's profiles`),
    ...panelsOf(there, where),
  ];
}

function foldsOf(runs: readonly FusionRun[]): readonly number[] {
  return [...new Set(runs.map(({ fold }) => fold))].sort((a, b) => a - b);
}

function panelsOf(runs: readonly FusionRun[], where: string) {
  const groups = groupsOf(runs);
  return settings.map((setting) => {
    const summaryOf = (group: Group) => {
      const folds = [...byFold(group.runs, setting).values()];
      return meanAndSpread(folds.length > 1 ? folds : group.runs.map((run) => run[setting].recall20));
    };
    const rows = groups
      .filter(({ fusion }) => isFused(fusion))
      .map((group) => {
        const { mean, sd } = summaryOf(group);
        const names = { recommender: group.fusion, variant: barName(group.vectors) };
        return { ...names, mean, ...(sd === undefined ? {} : { spread: sd }) };
      });
    const references = groups
      .filter((group) => !isFused(group.fusion) && settingsOf(group).includes(setting))
      .map((group) => ({ variant: group.fusion, mean: summaryOf(group).mean }));
    return { title: `${settingTitle(setting)}${where}`, rows, references };
  });
}

const barNames: Readonly<Record<string, string>> = {
  "teacher's profiles": "Teacher",
  shuffled: "Shuffled",
  constant: "Constant",
  "history-mean text": "history-mean text",
  "oracle users": "oracle users",
  "oracle items": "oracle items",
};

/** Names that have a colour of their own in the palette. */
function barName(vectors: string): string {
  return barNames[vectors] ?? vectors.replace(/^profiles \((.+)\)$/, "Augmented ($1)");
}
