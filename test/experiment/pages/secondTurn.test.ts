import assert from "node:assert/strict";
import { test } from "node:test";
import { secondTurnRows, secondTurnStage } from "reclm/experiment";
import { resultsPageOf } from "./pages";
import { modelsMissing, restoredExperiment } from "../restored";

test("what docs/results.md says of the second turn is what was committed", { skip: modelsMissing }, async (t) => {
  const experiment = await restoredExperiment(t, "ml-100k");
  const result = await secondTurnStage.read(experiment);
  const areas = new Map(secondTurnRows(result).map((row) => [row["scorer"]!, row]));
  const auc = (scorer: string): string => areas.get(scorer)!["AUC"]!;
  const page = resultsPageOf(experiment).replace(/\s+/g, " ");
  for (const words of [
    `AUC ${auc("untuned")} untuned, ${auc("GPT_KD")} by GPT_KD, ${auc("Mask")} (95%: ${areas.get("Mask")!["95%"]}) by Mask`,
    `reaches ${auc("neighbours who have it")}`,
    `[${result.dialogues.length} dialogues]`,
  ]) {
    assert.ok(page.includes(words), words);
  }
  // "No better than a coin": its interval holds one half, and the neighbours' does not.
  const holdsHalf = (scorer: string): boolean => {
    const [low, high] = areas.get(scorer)!["95%"]!.split(" to ").map(Number);
    return low! <= 0.5 && high! >= 0.5;
  };
  assert.deepEqual(["untuned", "GPT_KD", "Mask", "neighbours who have it"].map(holdsHalf), [true, true, true, false]);
});
