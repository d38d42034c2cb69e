import { settings, settingText, settingTitle, type Setting } from "../paper/accuracy";
import { pText } from "../paper/cells";
import { table1Rows, type Table1 } from "./table1";
import type { Table1Result } from "./table1Stage";

/** Recall@20 of each recommender and variant, one panel a setting, with the floors as lines; the oracle and one-sided rows stand in tables. */
export function recallPanels(table: Table1): readonly {
  readonly title: string;
  readonly rows: readonly {
    readonly recommender: string;
    readonly variant: string;
    readonly mean: number;
    readonly spread?: number;
  }[];
  readonly references: readonly { readonly variant: string; readonly mean: number }[];
}[] {
  const all = table1Rows(table);
  const rows = all.filter((row) => row.recommender !== "floor" && !/^(oracle|w\/o)/.test(row.variant));
  const floors = all.filter((row) => row.recommender === "floor" && !row.variant.startsWith("oracle"));
  return settings.map((setting) => ({
    title: settingTitle(setting),
    references: floors.flatMap(({ variant, cells }) => {
      const cell = cells[setting].recall20;
      return cell ? [{ variant: variant.replace(" (expected)", ""), mean: cell.mean }] : [];
    }),
    rows: rows.flatMap(({ recommender, variant, cells }) => {
      const cell = cells[setting].recall20;
      if (!cell) return [];
      const spread = cell.sd === undefined ? {} : { spread: cell.sd };
      return [{ recommender, variant: variant.replace("control: ", ""), mean: cell.mean, ...spread }];
    }),
  }));
}

/** Validation curves of the first seed for one setting: Base and Augmented of the recommenders named. */
export function validationCurves(
  { curves }: Table1Result,
  setting: Setting,
  names: readonly string[] = ["BiasMF", "LightGCN"],
): readonly {
  readonly name: string;
  readonly colouredAs: string;
  readonly dashed: boolean;
  readonly epochs: readonly number[];
  readonly values: readonly number[];
  readonly chosen: number;
}[] {
  return curves
    .filter(
      ({ recommender, seed, variant }) =>
        names.includes(recommender) && seed === 1 && (variant === "Base" || variant.startsWith("Augmented")),
    )
    .map(({ recommender, variant, choice }) => {
      const points = choice.curve.filter((point) => typeof point.recall20[setting] === "number");
      return {
        name: `${recommender} ${variant}`,
        colouredAs: recommender,
        dashed: variant === "Base",
        epochs: points.map((point) => point.epoch),
        values: points.map((point) => point.recall20[setting]!),
        chosen: choice.epochs[setting],
      };
    });
}

/** Augmented against Base and the controls: difference in Recall@20, p over users, corrected for all cells. */
export function testRows(table: Table1): readonly Readonly<Record<string, string | number>>[] {
  return table.tests.map((test) => ({
    recommender: test.recommender,
    setting: settingText(test.setting),
    "Augmented against": test.against.replace("control: ", ""),
    "difference R@20": test.difference.toFixed(4),
    users: test.users,
    p: pText(test.p),
    "p (Holm)": pText(test.pHolm),
  }));
}

/** Whether the gain can be called information from profiles: above Base and above shuffled profiles, per setting. */
export function verdicts(table: Table1): readonly Readonly<Record<string, string>>[] {
  const names = [...new Set(table.tests.map((test) => test.recommender))];
  return names.flatMap((recommender) =>
    settings.map((setting) => {
      const own = table.tests.filter((test) => test.recommender === recommender && test.setting === setting);
      const needed = own.filter((test) => test.against === "Base" || test.against.includes("shuffled"));
      // Base, users shuffled, items shuffled.
      if (needed.length < 3) return { recommender, setting: settingText(setting), verdict: "not tested" };
      const beaten = needed.every((test) => test.difference > 0 && test.pHolm < 0.05);
      const worse = own.some((test) => test.against === "Base" && test.difference < 0 && test.pHolm < 0.05);
      const verdict = beaten ? "above Base and shuffled" : worse ? "below Base" : "not distinguishable";
      return { recommender, setting: settingText(setting), verdict };
    }),
  );
}
