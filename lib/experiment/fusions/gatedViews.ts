import { settingTitle } from "../paper/accuracy";
import type { Ablation } from "../tables/ablationStage";
import { ablationPanels, pairCells } from "../tables/ablationViews";
import { gatedControls } from "./gatedAblationStage";
import { pooledTests } from "./pooledTests";

/** Every variant and profiles dealt to others, fused by gates; a line for the text of the own items. */
export function gatedPanels(ablations: readonly Ablation[]) {
  const [, own] = gatedControls;
  const all = [...new Set(ablations.flatMap(({ runs }) => runs.map(({ variant }) => variant)))];
  return ablationPanels(ablations, all).map(({ title, rows }) => {
    const line = rows.find(({ variant }) => variant === own);
    const references = line ? [{ variant: own, mean: line.mean }] : [];
    return { title, rows: rows.filter((row) => row !== line), references };
  });
}

/** The pairs over all tuning seeds as a table. */
export function pooledRows(ablations: readonly Ablation[]): readonly Readonly<Record<string, string>>[] {
  return pooledTests(ablations).map((test) => ({ setting: settingTitle(test.setting), ...pairCells(test) }));
}
