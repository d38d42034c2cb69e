import { counted } from "../../core";
import { discrimination } from "../../metrics";
import type { SecondTurn } from "./secondTurnStage";

/** How well each scorer tells what a user took from what only neighbours did; "—" where a class has fewer than two dialogues. */
export function secondTurnRows(result: SecondTurn): readonly Readonly<Record<string, string>>[] {
  const { dialogues, models, baselines } = result;
  const isYes = dialogues.map(({ answer }) => answer === "Yes");
  const area = (scores: readonly number[]): { readonly AUC: string; readonly "95%": string } => {
    const least = Math.min(isYes.filter(Boolean).length, isYes.filter((yes) => !yes).length);
    if (least < 2) return { AUC: "—", "95%": "—" };
    const { auc, low, high } = discrimination(scores, isYes);
    return { AUC: auc.toFixed(3), "95%": `${low.toFixed(3)} to ${high.toFixed(3)}` };
  };
  const share = (count: number): string => (dialogues.length === 0 ? "—" : (count / dialogues.length).toFixed(2));
  return [
    ...models.map(({ variant, margins, mass }) => ({
      scorer: variant,
      ...area(margins),
      right: share(margins.filter((margin, at) => margin > 0 === isYes[at]).length),
      "says Yes": share(margins.filter((margin) => margin > 0).length),
      "p(Yes) + p(No)": share(mass.reduce((sum, value) => sum + value, 0)),
    })),
    ...baselines.map(({ name, scores }) => ({
      scorer: name,
      ...area(scores),
      right: "—",
      "says Yes": "—",
      "p(Yes) + p(No)": "—",
    })),
  ];
}

/** Of whom and what the rows tell. */
export function secondTurnCaption({ dialogues, unable }: SecondTurn): string {
  const yes = dialogues.filter(({ answer }) => answer === "Yes").length;
  const left = unable === 0 ? "" : `; ${counted(unable, "user")} could not be asked about`;
  return `${dialogues.length} users never seen in tuning, ${yes} with an item they took${left}. AUC: chance that such an item scores above another; 95% by DeLong`;
}
