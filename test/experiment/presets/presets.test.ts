import assert from "node:assert/strict";
import { test } from "node:test";
import { presetNames, presetOf, type Preset } from "reclm/experiment";

const presets: readonly Preset[] = presetNames.map(presetOf);
const bounds: Readonly<Record<string, number>> = { "ml-100k": 943, synthetic: 36, mind: 57_128 };
const usersOf = ({ data }: Preset): number => data.sample?.users ?? bounds[data.source]!;

test("presets are found by their own names; any other name is answered with the list", () => {
  assert.deepEqual([...presetNames], ["smoke", "quick", "ml-100k", "mind", "mind-sample"]);
  assert.deepEqual(
    presets.map(({ name }) => name),
    presetNames,
  );
  for (const name of ["", "Quick", "paper", "constructor", "toString", "__proto__"]) {
    assert.throws(() => presetOf(name), {
      name: "RangeError",
      message: `Cannot use preset "${name}": the presets are smoke, quick, ml-100k, mind, mind-sample`,
    });
  }
});

test("labels say how numbers may be read: only the whole data set goes without a warning", () => {
  const labels = presets.map(({ label }) => label);
  assert.match(labels[0]!, /mean nothing/);
  assert.match(labels[1]!, /shows the mechanism/);
  assert.equal(labels[2], "all of MovieLens 100K");
  assert.equal(labels[3], "MIND as released with RecLM");
  assert.match(labels[4]!, /^a sample of/);
  assert.equal(presetOf("ml-100k").data.sample, undefined);
});

for (const preset of presets) {
  test(`${preset.name}: what is asked for is there`, () => {
    const { split, fold, neighbours, prompts, model, generation, qualityUsers } = preset;
    assert.ok(fold >= 0 && fold < split.folds);
    assert.ok(split.testShare + split.validationShare < 1);
    assert.ok(prompts.neighbours <= neighbours.k, "prompts show more neighbours than are computed");
    assert.ok(neighbours.k < usersOf(preset));
    assert.ok(generation.maxTokens < model.contextTokens / 2, "answers leave no room for the prompt");
    assert.ok(generation.temperature >= 0);
    const tuningUsers = usersOf(preset) - qualityUsers;
    assert.ok(qualityUsers <= usersOf(preset) / 2, "unseen users are capped at half");
    assert.ok(preset.mask.users <= tuningUsers);
    assert.ok(preset.knowledgeDistillation.users <= tuningUsers);
  });

  test(`${preset.name}: trainings are whole`, () => {
    const { knowledgeDistillation, mask, model, recommenders } = preset;
    for (const tuning of [knowledgeDistillation, mask]) {
      assert.ok(tuning.warmupSteps < tuning.steps);
      assert.ok(tuning.batch >= 1 && tuning.learningRate > 0 && tuning.learningRate < 1e-2);
      const lessons = tuning.users + tuning.items;
      assert.ok(tuning.steps * tuning.batch <= 1.25 * lessons, "lessons are gone through more than once");
    }
    assert.equal(mask.items, 0, "dialogues are about users");
    assert.ok(mask.learningRate <= knowledgeDistillation.learningRate, "the second tuning must not undo the first");
    assert.ok(model.lora.rank > 0 && model.lora.alpha === 2 * model.lora.rank);
    assert.ok(recommenders.epochs % recommenders.evaluateEvery === 0, "the last epoch is never looked at");
    assert.ok(recommenders.seeds >= 1 && recommenders.models.length === 5);
    const { bases } = preset;
    assert.ok(bases.epochs % bases.evaluateEvery === 0 && bases.seeds >= 2 && bases.texts.length >= 1);
  });
}

test("quick and ml-100k are the same experiment on less or more data", () => {
  const [quick, whole] = [presetOf("quick"), presetOf("ml-100k")];
  assert.deepEqual(whole.split, quick.split);
  assert.deepEqual(whole.model, quick.model);
  assert.equal(whole.generation.temperature, quick.generation.temperature);
  assert.equal(whole.prompts.targetShare, quick.prompts.targetShare);
  assert.equal(whole.data.minRating, quick.data.minRating);
  assert.equal(whole.neighbours.learningRate, quick.neighbours.learningRate);
  assert.equal(whole.prompts.dialogueProfiles, "distilled", "the paper's way");
  assert.ok(whole.recommenders.seeds > quick.recommenders.seeds);
});
