import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { hasEntry, rowOf } from "reclm/core";
import { readRecLm, recLmSplit } from "reclm/data";
import {
  baseStages,
  cloneFolder,
  dataStage,
  presetOf,
  promptSourceOf,
  teachersOf,
  textFeatures,
  textHash,
  textsOfBases,
} from "reclm/experiment";
import { readReleasedUserProfiles } from "reclm/profiles";
import { tinyClone } from "../../data/recLmClone";
import { mindExperiment } from "./mindExperiment";
import { encoderMissing } from "../smokeRun";

const skip = encoderMissing;

test("the data of preset mind are the clone's own split, also when read again", { skip }, async (t) => {
  const experiment = await mindExperiment(t);
  const expected = recLmSplit(await readRecLm("mind", cloneFolder(experiment)), {
    validationShare: experiment.preset.split.validationShare,
  });
  for (const data of [await dataStage.run(experiment), await dataStage.read({ ...experiment })]) {
    assert.equal(data.name, "MIND");
    const { train, test: held, validation, coldItems, testItems } = data.split;
    assert.deepEqual(
      { train, held, validation, coldItems, testItems },
      {
        train: expected.train,
        held: expected.test,
        validation: expected.validation,
        coldItems: expected.coldItems,
        testItems: expected.testItems,
      },
    );
    // Known is what a dialogue must not call "No": both snapshots.
    assert.equal(data.known.columns.length, train.columns.length + held.columns.length);
    held.columns.forEach((item, at) => {
      const user = held.starts.findIndex((start) => start > at) - 1;
      assert.ok(hasEntry(data.known, user, item));
    });
  }
});

test("TF-IDF features stand in the place of the encoder's where the preset says so", { skip }, async (t) => {
  const experiment = await mindExperiment(t);
  const data = await dataStage.run(experiment);
  const features = await textFeatures(experiment, "tf-idf");
  // At most as many dimensions as items.
  assert.deepEqual([features.rows, features.cols], [data.catalogue.size, data.catalogue.size]);
  const lengths = data.catalogue.indices().map((item) => Math.hypot(...rowOf(features, item)));
  assert.ok(lengths.every((length) => Math.abs(length - 15) < 1e-3));
  assert.deepEqual(await textFeatures(experiment, "tf-idf"), features);
  const kept = readdirSync(join(experiment.paths.cache, "latent-text"));
  assert.deepEqual(kept, [`${dataStage.hash(experiment)}-tf-idf-768-15-v1.f32`], "named by data, settings and version");
  assert.notEqual(textHash(experiment, "tf-idf"), textHash(experiment, "encoder"));
});

test("the paper's texts join where they are at hand: its encoder's folder, the clone's array", { skip }, async (t) => {
  const array = "data/mind/item_original_features.npy";
  const plain = await mindExperiment(t, [array]);
  assert.deepEqual(textsOfBases(plain), ["tf-idf", "encoder"]);
  assert.throws(() => textHash(plain, "bert-base-nli"), /onnx.model\.onnx.*take "bert-base-nli" out/);

  const models = join(plain.paths.cache, "models");
  const experiment = { ...plain, paths: { ...plain.paths, models } };
  const own = join(models, "bert-base-nli-mean-tokens");
  await mkdir(join(own, "onnx"), { recursive: true });
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
    await symlink(join(plain.encoder.path, name), join(own, name));
  }
  await symlink(join(plain.encoder.path, "onnx", "model_quantized.onnx"), join(own, "onnx", "model.onnx"));
  await writeFile(join(cloneFolder(plain), array), Buffer.from(tinyClone.files[array]!, "base64"));
  const texts = ["tf-idf", "encoder", "bert-base-nli", "released"] as const;
  assert.deepEqual(textsOfBases(experiment), texts);
  assert.equal(baseStages(experiment).length, texts.length * 5 * experiment.preset.bases.seeds);
  assert.deepEqual(textsOfBases({ ...experiment, preset: presetOf("quick") }), ["encoder"]);

  const data = await dataStage.run(experiment);
  const features = await textFeatures(experiment, "bert-base-nli");
  assert.equal(new Set(texts.map((name) => textHash(experiment, name))).size, texts.length);
  assert.equal((await textFeatures(experiment, "released")).rows, data.catalogue.size);
  for (const item of data.catalogue.indices()) {
    const [mean, unit] = [rowOf(features, item), rowOf(data.itemText, item)];
    const norm = Math.hypot(...mean);
    assert.ok(norm > 1.5, "not scaled");
    mean.forEach((value, at) => assert.ok(Math.abs(value / norm - unit[at]!) < 1e-5));
  }
});

test("a clone without what the split needs says so, and no clone at all says what to do", async (t) => {
  const experiment = await mindExperiment(t, ["trnMat_zero.pkl"]);
  assert.throws(() => dataStage.hash(experiment), /trnMat_zero\.pkl/);
  process.env["RECLM_CLONE"] = join(experiment.paths.cache, "absent");
  assert.throws(() => dataStage.hash(experiment), { name: "MissingInputError", message: /npm run data -- mind/ });
});

test("a sample of MIND holds those that GPT-3.5 wrote a profile of, and teaches its words", { skip }, async (t) => {
  const { data, ...preset } = presetOf("mind-sample");
  const own = { ...preset, data: { ...data, sample: { users: 3, leastPairs: 1, keep: [] } } };
  const experiment = await mindExperiment(t, [], own);
  const { interactions, split, notes, catalogue } = await dataStage.run(experiment);
  const { profiles } = await readReleasedUserProfiles(cloneFolder(experiment), "mind", interactions.userIds);
  const whole = await readRecLm("mind", cloneFolder(experiment));
  const released = await readReleasedUserProfiles(cloneFolder(experiment), "mind", whole.first!.userIds);
  const count = (all: typeof profiles): number => all.filter((profile) => profile !== undefined).length;
  assert.equal(interactions.userIds.length, 3);
  assert.equal(count(profiles), count(released.profiles));
  assert.ok(notes.includes("a sample of 3 users (seed 1)"));
  assert.equal(catalogue.size, whole.catalogue.size);
  assert.equal(split.userCount, 3);
  const { user, item } = await teachersOf(experiment, await promptSourceOf(experiment));
  const taught = interactions.userIds.map((_, index) => user.profileOf(index, []));
  assert.deepEqual(taught, profiles);
  assert.match(user.note, /^\d of 3 users have a profile, /);
  assert.equal(item.name, "released GPT-3.5");
});
