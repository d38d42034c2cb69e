import { counted } from "../../core";
import { userAttributes } from "../../prompts";
import type { AblatedVariant } from "../presets/ablatedVariants";
import type { Ablation } from "./ablationStage";
import { settings, settingTitle, type Setting } from "../paper/accuracy";
import { meanAndSpread, pText } from "../paper/cells";
import { claimVerdict } from "./table1Claims";
import type { VariantTexts } from "../profiles/variantTextStage";

/** One recommender with one variant's profiles in one setting, over runs and over the recommender's seeds. */
interface Cell {
  readonly recommender: string;
  readonly variant: string;
  /** Recall@20, one list a run: a number for each seed of the recommender. */
  readonly values: readonly (readonly number[])[];
}

function cellsOf(ablations: readonly Ablation[], setting: Setting, wanted: readonly string[]): readonly Cell[] {
  const all = ablations.flatMap(({ runs }) => runs);
  const recommenders = [...new Set(all.map(({ recommender }) => recommender))];
  const there = wanted.filter((name) => all.some(({ variant }) => variant === name));
  return recommenders.flatMap((recommender) =>
    there.map((variant) => ({
      recommender,
      variant,
      values: ablations.map(({ runs }) =>
        runs
          .filter((run) => run.recommender === recommender && run.variant === variant)
          .map((run) => run[setting]!.recall20),
      ),
    })),
  );
}

/** Mean, spread over the recommender's seeds (a mean over runs), and the mean of each run. */
function summaryOf({ values }: Cell) {
  const perRun = values.map((own) => meanAndSpread(own));
  const spreads = perRun.flatMap(({ sd }) => sd ?? []);
  return {
    mean: meanAndSpread(perRun.map(({ mean }) => mean)).mean,
    runs: perRun.map(({ mean }) => mean),
    ...(spreads.length === 0 ? {} : { spread: meanAndSpread(spreads).mean }),
  };
}

/** Bars of these variants, those that are there, a panel for each setting. */
export function ablationPanels(ablations: readonly Ablation[], wanted: readonly string[]) {
  return settings.map((setting) => ({
    title: settingTitle(setting),
    rows: cellsOf(ablations, setting, wanted).map((cell) => {
      const { mean, spread, runs } = summaryOf(cell);
      const { recommender, variant } = cell;
      const parts = runs.length > 1 ? { parts: runs } : {};
      return { recommender, variant, mean, ...(spread === undefined ? {} : { spread }), ...parts };
    }),
  }));
}

/** The paper's Figure 2: the four variants, with Base beside them. */
export function figure2Panels(ablations: readonly Ablation[]) {
  return ablationPanels(ablations, ["Base", "GPT_KD", "Naive", "Mask", "RecLM"]);
}

/** The paper's Figure 3: profiles in LLMRec's way against RecLM's, with Base beside them. */
export function figure3Panels(ablations: readonly Ablation[]) {
  return ablationPanels(ablations, ["Base", "LLMRec-style", "RecLM"]);
}

/** What bars, whiskers and dots of both figures stand for. */
export function ablationCaption(ablations: readonly Ablation[]): string {
  const [first] = ablations;
  if (!first) throw new RangeError("Cannot caption no runs: the list is empty");
  const seeds = new Set(first.runs.map(({ seed }) => seed)).size;
  const several = ablations.length > 1;
  const runs = ablations.map(({ seed }) => seed).join(", ");
  const users = (setting: Setting): string =>
    [...new Set(ablations.map(({ sizes }) => sizes[0]![setting].users))].join(" and ");
  return [
    `${first.dataset}; profiles of ${first.sides.map((side) => `${side}s`).join(" and ")};`,
    `test users: ${users("fullShot")} full-shot, ${users("zeroShot")} zero-shot.`,
    `Whiskers: one standard deviation over ${counted(seeds, "recommender seed")}; n = ${counted(ablations.length, "tuning seed")} (${runs})${several ? "; white dots: each by itself" : ""}.`,
  ].join(" ");
}

/** The figures' numbers: mean, spread over recommender seeds and over tuning seeds, one row a recommender, variant and setting. */
export function ablationRows(ablations: readonly Ablation[]): readonly Readonly<Record<string, string>>[] {
  const variants = [...new Set(ablations.flatMap(({ runs }) => runs.map(({ variant }) => variant)))];
  return settings.flatMap((setting) =>
    cellsOf(ablations, setting, variants).map((cell) => {
      const { mean, spread, runs } = summaryOf(cell);
      const overRuns = meanAndSpread(runs);
      return {
        setting: settingTitle(setting),
        recommender: cell.recommender,
        variant: cell.variant,
        "R@20": mean.toFixed(4),
        "sd over recommender seeds": spread === undefined ? "—" : spread.toFixed(4),
        "sd over tuning seeds": overRuns.sd === undefined ? "—" : overRuns.sd.toFixed(4),
        "each tuning seed": runs.map((value) => value.toFixed(4)).join(", "),
      };
    }),
  );
}

type PairTest = Ablation["tests"][number];

function claimOf({ variant, against }: Pick<PairTest, "variant" | "against">): string {
  return `${variant} above ${against}`;
}

/** The columns of a table of tests that tell a pair and its outcome. */
export function pairCells(test: Omit<PairTest, "recommender">): Readonly<Record<string, string>> {
  return {
    claim: claimOf(test),
    "difference R@20": `${test.difference >= 0 ? "+" : ""}${test.difference.toFixed(4)}`,
    users: String(test.users),
    "p (Holm)": pText(test.pHolm),
    verdict: claimVerdict(test),
  };
}

/** The paper's order of variants, pair by pair and run by run. */
export function ablationTests(ablations: readonly Ablation[]): readonly Readonly<Record<string, string>>[] {
  return ablations.flatMap(({ seed, tests }) =>
    tests.map((test) => ({
      "tuning seed": String(seed),
      setting: settingTitle(test.setting),
      recommender: test.recommender,
      ...pairCells(test),
    })),
  );
}

/**
 * How far tuning seeds agree on each of the paper's pairs: in how many cells (a recommender in a setting) each seed confirms or
 * contradicts it, in how many all do, and in how many the difference has the same sign for all.
 */
export function agreementRows(ablations: readonly Ablation[]): readonly Readonly<Record<string, string>>[] {
  const cellOf = ({ recommender, setting }: PairTest): string => `${recommender}, ${setting}`;
  const claims = [...new Set(ablations.flatMap(({ tests }) => tests.map(claimOf)))];
  return claims.map((claim) => {
    const runs = ablations.map(({ tests }) => tests.filter((test) => claimOf(test) === claim));
    const cells = [...new Set(runs.flat().map(cellOf))];
    const where = (wanted: (test: PairTest) => boolean): readonly ReadonlySet<string>[] =>
      runs.map((tests) => new Set(tests.filter(wanted).map(cellOf)));
    const inAll = (sets: readonly ReadonlySet<string>[]): number =>
      cells.filter((cell) => sets.every((set) => set.has(cell))).length;
    const confirmed = where((test) => claimVerdict(test) === "confirmed");
    const contradicted = where((test) => claimVerdict(test) === "contradicted");
    const signs = inAll(where(({ difference }) => difference > 0)) + inAll(where(({ difference }) => difference < 0));
    return {
      claim,
      cells: String(cells.length),
      "confirmed by each seed": confirmed.map(({ size }) => size).join(", "),
      "confirmed by all": String(inAll(confirmed)),
      "contradicted by each seed": contradicted.map(({ size }) => size).join(", "),
      "contradicted by all": String(inAll(contradicted)),
      "same sign": ablations.length < 2 ? "—" : String(signs),
    };
  });
}

/** What each variant wrote: texts that could be used, and the share of users in the exact format at first. */
export function writtenRows(ablations: readonly Ablation[]): readonly Readonly<Record<string, string>>[] {
  return ablations.flatMap(({ seed, written }) =>
    written.map(({ variant, texts, of, inFormat }) => ({
      "tuning seed": String(seed),
      variant,
      "texts written": `${texts} of ${of}`,
      "users in format at first": inFormat === null ? "—" : inFormat.share.toFixed(2),
    })),
  );
}

/** How many of the LLMRec-style answers, if they are there, name what was asked for: an untuned model may only repeat its prompt. */
export function attributeNote(texts: readonly Pick<VariantTexts, "variant" | "user">[]): string {
  const asked = texts.find(({ variant }) => variant === "LLMRec-style");
  if (!asked) return "LLMRec-style: its answers are not here; a replay of licensed data has numbers alone.";
  const answers = asked.user.flatMap((text) => (text === null ? [] : [text.toLowerCase()]));
  const names = userAttributes.map((name) => new RegExp(`(?<!\\p{L})${name}['"*]*\\s*:`, "u"));
  const named = answers.map((text) => names.filter((name) => name.test(text)).length);
  const some = named.filter((count) => count > 0).length;
  const all = named.filter((count) => count === userAttributes.length).length;
  return `LLMRec-style: of ${answers.length} answers ${some} name at least one of the ${userAttributes.length} attributes asked for, ${all} name all.`;
}

/** One user's text by every variant, side by side. */
export function variantTextRows(
  texts: readonly { readonly variant: AblatedVariant; readonly user: readonly (string | null)[] }[],
  user: number,
): readonly { readonly variant: string; readonly text: string }[] {
  return texts.map(({ variant, user: own }) => ({ variant, text: own[user] ?? "(nothing usable was written)" }));
}
