// Expected values: by hand. The stage itself runs in versions.test.ts and in the notebooks' smoke run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { secondTurnCaption, secondTurnRows, type SecondTurn } from "reclm/experiment";

const answers = ["Yes", "No", "Yes", "No"] as const;
const result: SecondTurn = {
  dialogues: answers.map((answer, target) => ({ target, candidate: 7, answer })),
  models: [{ variant: "Mask", margins: [2, -1, -0.5, 1], mass: [1, 0.9, 0.8, 0.9] }],
  baselines: [{ name: "popularity", scores: [9, 3, 9, 1] }],
  unable: 1,
};

test("a scorer is as good as it puts what users took above the rest; a model also says Yes or No", () => {
  // Of four pairs Mask wins three: 2 above -1 and 1, -0.5 above -1.
  assert.deepEqual(secondTurnRows(result), [
    {
      scorer: "Mask",
      AUC: "0.750",
      "95%": "0.057 to 1.000",
      right: "0.50",
      "says Yes": "0.50",
      "p(Yes) + p(No)": "0.90",
    },
    { scorer: "popularity", AUC: "1.000", "95%": "1.000 to 1.000", right: "—", "says Yes": "—", "p(Yes) + p(No)": "—" },
  ]);
  assert.match(secondTurnCaption(result), /^4 users never seen in tuning, 2 with an item they took; 1 user could not/);
});

test("with one dialogue of a kind there is nothing to tell apart", () => {
  const dialogues = result.dialogues.map((dialogue, at) => ({ ...dialogue, answer: at === 0 ? "Yes" : "No" }) as const);
  assert.deepEqual(
    secondTurnRows({ ...result, dialogues }).map((row) => [row["AUC"], row["95%"]]),
    [
      ["—", "—"],
      ["—", "—"],
    ],
  );
});
