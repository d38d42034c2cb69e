import { paperTable2, type PaperTable2Row } from "../paper/paperTables";
import { settings } from "../paper/accuracy";
import { cellText } from "../paper/cells";
import { table1Rows, type Table1 } from "./table1";

/** The rows of Table 1 that Table 2 is made of, by the paper's names. */
const variants: readonly (readonly [PaperTable2Row["variant"], (variant: string) => boolean])[] = [
  ["Base", (variant) => variant === "Base"],
  ["w/o user", (variant) => variant === "w/o user profiles"],
  ["w/o item", (variant) => variant === "w/o item profiles"],
  ["RecLM", (variant) => variant.startsWith("Augmented")],
];

/** Table 2: what each side's profiles add for LightGCN and SGL, beside the paper's full-shot numbers; a dash for what was not run. */
export function table2Rows(table: Table1): readonly Readonly<Record<string, string>>[] {
  const rows = table1Rows(table);
  return paperTable2.map(({ recommender, variant, accuracy }) => {
    const isMeant = variants.find(([name]) => name === variant)![1];
    const own = rows.find((row) => row.recommender === recommender && isMeant(row.variant));
    // The paper's row is RecLM after PPO; ours is whatever variant wrote the profiles of Table 1, and says which.
    const writer = /\((.+)\)$/.exec(own?.variant ?? "")?.[1];
    const written = variant === "RecLM" && writer ? `both sides (${writer})` : variant;
    const cells: Record<string, string> = { recommender, variant: written };
    for (const setting of settings) {
      const name = setting === "fullShot" ? "full" : "zero";
      cells[`${name} R@20`] = cellText(own?.cells[setting].recall20);
      cells[`${name} N@20`] = cellText(own?.cells[setting].ndcg20);
    }
    for (const dataset of ["MIND", "Netflix"] as const) {
      cells[`paper, ${dataset} R@20`] = accuracy[dataset].recall20.toFixed(4);
      cells[`paper, ${dataset} N@20`] = accuracy[dataset].ndcg20.toFixed(4);
    }
    return cells;
  });
}
