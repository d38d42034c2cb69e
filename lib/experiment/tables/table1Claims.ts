import { meanOf } from "../../core";
import { meanOverRuns, pairedOverUsers, type AccuracyResult } from "../../metrics";
import { paperTable1, type PaperDataset } from "../paper/paperTables";
import { accuracyColumns, columnTitles, settings, type Accuracy, type Setting } from "../paper/accuracy";
import { pText, signedPercent } from "../paper/cells";
import type { Table1, Table1Claim } from "./table1";
import { withHolm, type Measured } from "./table1Tests";

/** The paper's claim cell by cell: Augmented above Base; paired over test users, Holm over all cells of the table. */
export function table1Claims(measured: readonly Measured[]): readonly Table1Claim[] {
  const names = [...new Set(measured.map(({ run }) => run.recommender))];
  const cells = names.flatMap((recommender) =>
    settings.flatMap((setting) =>
      accuracyColumns.map((metric) => {
        const resultsOf = (isMeant: (variant: string) => boolean): readonly AccuracyResult[] =>
          measured
            .filter(({ run }) => run.recommender === recommender && isMeant(run.variant))
            .map(({ results }) => results[setting]);
        const base = resultsOf((variant) => variant === "Base");
        const augmented = resultsOf((variant) => variant.startsWith("Augmented"));
        const { difference, n, p } = pairedOverUsers(augmented, base, metric);
        return { recommender, setting, metric, base: meanOf(meanOverRuns(base, metric)), difference, users: n, p };
      }),
    ),
  );
  return withHolm(cells);
}

/** What a table says of the paper's claim in one cell. */
export type ClaimVerdict = "confirmed" | "not distinguishable" | "contradicted" | "not run";

/** Significant at .05 after correction, or not distinguishable. */
export function claimVerdict({ difference, pHolm }: Pick<Table1Claim, "difference" | "pHolm">): ClaimVerdict {
  if (pHolm >= 0.05) return "not distinguishable";
  return difference > 0 ? "confirmed" : "contradicted";
}

/** One row a cell of the paper's Table 1 in a setting: our gain and verdict beside the printed gains; "not run" where we have none. */
export function claimRows(table: Table1, setting: Setting): readonly Readonly<Record<string, string>>[] {
  const bases = paperTable1.filter((row) => row.setting === setting && row.variant === "Base");
  return bases.flatMap(({ recommender }) =>
    accuracyColumns.map((metric) => {
      const claim = table.claims.find(
        (each) => each.recommender === recommender && each.setting === setting && each.metric === metric,
      );
      return {
        recommender,
        metric: columnTitles[metric],
        Base: claim ? claim.base.toFixed(4) : "—",
        Augmented: claim ? (claim.base + claim.difference).toFixed(4) : "—",
        gain: claim ? signedPercent(claim.difference / claim.base) : "—",
        "p (Holm)": claim ? pText(claim.pHolm) : "—",
        verdict: claim ? claimVerdict(claim) : "not run",
        ...printedGains(recommender, setting, metric),
      };
    }),
  );
}

function printedGains(recommender: string, setting: Setting, metric: keyof Accuracy): Readonly<Record<string, string>> {
  const of = (variant: string) =>
    paperTable1.find((row) => row.setting === setting && row.recommender === recommender && row.variant === variant)!;
  const [base, augmented] = [of("Base"), of("Augmented")];
  const gain = (name: PaperDataset): string =>
    signedPercent(augmented.accuracy[name][metric] / base.accuracy[name][metric] - 1);
  return { "paper, MIND": gain("MIND"), "paper, Netflix": gain("Netflix"), "paper, Industrial": gain("Industrial") };
}
