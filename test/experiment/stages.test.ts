import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { jsonCodec } from "reclm/core";
import * as exported from "reclm/experiment";
import {
  allStages,
  defineStage,
  maskStage,
  pathsOfClone,
  presetOf,
  type Experiment,
  type Preset,
  type Stage,
} from "reclm/experiment";
import { benchOf, type Parts } from "./bench";

const smoke = presetOf("smoke");

function experimentOf(t: TestContext, parts?: Parts): Experiment {
  const bench = benchOf(parts);
  t.after(() => bench.dispose());
  return bench.experiment;
}

interface Count {
  readonly value: number;
}

/** A stage of one number, which counts how often it is computed. */
function counted(
  name: string,
  made: (experiment: Experiment) => Promise<number>,
  upstream: readonly Stage<Count>[],
  length: { readonly takesSeconds?: true } = {},
) {
  const runs: string[] = [];
  const stage: Stage<Count> = defineStage<Count>({
    name,
    version: 3,
    notebook: "07-tests",
    ...length,
    inputs: (experiment) => ({ seed: experiment.seed, upstream: upstream.map((other) => other.hash(experiment)) }),
    codec: jsonCodec<{ value: number }>(),
    compute: async (experiment, work) => {
      runs.push(work);
      return { value: await made(experiment) };
    },
  });
  return { stage, runs };
}

test("a stage is computed once, kept under its hash, and found again by another process", async (t) => {
  const experiment = experimentOf(t);
  const first = counted("first", async () => 20, []);
  const second = counted("second", async (e) => 2 * (await first.stage.read(e)).value, [first.stage]);
  assert.deepEqual(await first.stage.run(experiment), { value: 20 });
  assert.deepEqual(await second.stage.run(experiment), { value: 40 });
  assert.deepEqual(await second.stage.run({ ...experiment }), { value: 40 });
  assert.deepEqual([first.runs.length, second.runs.length], [1, 1]);
  assert.match(second.stage.hash(experiment), /^[0-9a-f]{16}$/);
  assert.equal(second.stage.folder(experiment), join(experiment.store.root, "second", second.stage.hash(experiment)));
  assert.ok(existsSync(join(second.stage.folder(experiment), "stage.json")));
  assert.ok(!existsSync(second.runs[0]!), "the folder of partial work is left behind");
  assert.equal(second.stage.version, 3);
});

test("another seed is another result; a failed stage leaves none", async (t) => {
  const experiment = experimentOf(t);
  const first = counted("first", async (e) => 10 * e.seed, []);
  const other = { ...experiment, seed: 2 };
  assert.deepEqual(await first.stage.run(experiment), { value: 10 });
  assert.deepEqual(await first.stage.run(other), { value: 20 });
  const broken = counted("broken", () => Promise.reject(new Error("torn")), []);
  await assert.rejects(broken.stage.run(experiment), /torn/);
  await assert.rejects(broken.stage.read(experiment), { name: "MissingInputError" });
  await assert.rejects(broken.stage.run(experiment), /torn/);
  assert.equal(broken.runs.length, 2);
  assert.equal(broken.runs[0], broken.runs[1], "a second try does not find the partial work of the first");
});

test("whoever reads a stage too early is told which notebook to run, with which preset and seed", async (t) => {
  const experiment = experimentOf(t, { seed: 7 });
  for (const stage of allStages.filter(({ name }) => !["data", "instructions"].includes(name))) {
    await assert.rejects(stage.read(experiment), {
      name: "MissingInputError",
      message: `Cannot find the result of stage "${stage.name}": run notebook ${stage.notebook} first (preset "smoke", seed 7)`,
    });
  }
  await assert.rejects(maskStage.run(experiment), /run notebook 04-tuning first/);
});

test("a reader makes what takes seconds, once, and is told of what it needs itself", async (t) => {
  const experiment = experimentOf(t);
  const slow = counted("slow", async () => 20, []);
  const fast = counted("fast", async (e) => 2 * (await slow.stage.read(e)).value, [slow.stage], { takesSeconds: true });
  await assert.rejects(fast.stage.read(experiment), { name: "MissingInputError", message: /stage "slow"/ });
  await slow.stage.run(experiment);
  assert.deepEqual(await fast.stage.read(experiment), { value: 40 });
  assert.deepEqual(await fast.stage.read({ ...experiment }), { value: 40 });
  assert.equal(fast.runs.length, 2, "the failed one and one more");
});

test("stages have names of their own, in the order of the notebooks", () => {
  const names = allStages.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.every((name) => /^[a-z0-9-]+$/.test(name)));
  const notebooks = allStages.map(({ notebook }) => notebook);
  assert.deepEqual(notebooks, [...notebooks].sort());
});

/** Calls that run several stages, by what their names begin with. */
const groups = {
  fusions: "runFusions(",
  "base-": "runBases(",
  texts: "runAblation(",
  ablation: "runAblation(",
  gated: "runGatedAblation(",
};

test("the notebook that a stage names is the one that runs it", () => {
  for (const stage of allStages) {
    const named = Object.entries(exported).find(([, value]) => value === stage)?.[0];
    const group = Object.entries(groups).find(([start]) => stage.name.startsWith(start))?.[1];
    const call = group ?? `${named}.run(`;
    const source = readFileSync(join(pathsOfClone().notebooks, `${stage.notebook}.ipynb`), "utf8");
    assert.ok(source.includes(call), `${stage.notebook} has no ${call} for stage ${stage.name}`);
  }
});

/** A preset with some of its settings changed. */
type Change = (preset: Preset) => Preset;

const names = allStages.map(({ name }) => name);
/** The name of the stage at a place; a change of the list changes this test. */
const at = (place: number): string => names[place]!;
const [data, neighbours, instructions, distillation, dialogues] = [at(0), at(1), at(2), at(3), at(4)] as const;
const [mask, quality, profiles, table1, preferences, reward] = [at(5), at(6), at(7), at(8), at(9), at(10)] as const;
const [naiveOne, naiveTwo, policy, maskEvidence, policyEvidence] = [at(11), at(12), at(13), at(14), at(15)] as const;

/** Stage names in the stages' own order. */
const inOrder = (...lists: readonly (readonly string[])[]): readonly string[] =>
  names.filter((name) => lists.some((list) => list.includes(name)));

const [naiveText, policyText, attributes, ablation, gated] = [at(25), at(27), at(28), at(29), at(30)] as const;
/** What every variant's users bring to recommenders, by the paper's fusion and by gates. */
const ablations = [ablation, gated];

const judged = [maskEvidence, policyEvidence];
const rewarded = [reward, policy, ...judged, policyText, ...ablations];
const naive = [naiveOne, naiveTwo, naiveText, ...ablations];
const fusions = "fusions-0";
/** What the tuned models write, and what is made of it. */
const written = inOrder(
  [quality, profiles, table1, fusions],
  ["texts-gpt-kd", "texts-mask"],
  [naiveText, policyText, ...ablations],
);
const answered = inOrder(written, [attributes]);
const tuned = inOrder([mask], written, naive, rewarded);
const taught = inOrder([instructions, distillation, dialogues, preferences], tuned);
/** Floors and the five recommenders without profiles: all that follows the data alone. */
const bases = names.slice(16, 22);
const lora = { ...smoke.model.lora, rank: 8 };

const changes: readonly (readonly [string, Change, readonly string[]])[] = [
  [
    "data.minRating",
    (p) => ({ ...p, data: { ...p.data, minRating: 3 } }),
    inOrder([data, neighbours, fusions, attributes], taught, bases),
  ],
  [
    "split.testShare",
    (p) => ({ ...p, split: { ...p.split, testShare: 0.3 } }),
    inOrder([data, neighbours, fusions, attributes], taught, bases),
  ],
  ["fold", (p) => ({ ...p, fold: 1 }), inOrder([data, neighbours, fusions, attributes], taught, bases)],
  ["neighbours.epochs", (p) => ({ ...p, neighbours: { ...p.neighbours, epochs: 5 } }), [neighbours, ...taught]],
  ["model.contextTokens", (p) => ({ ...p, model: { ...p.model, contextTokens: 512 } }), inOrder(taught, [attributes])],
  [
    "prompts.historyItems",
    (p) => ({ ...p, prompts: { ...p.prompts, historyItems: 5 } }),
    inOrder(taught, [attributes]),
  ],
  ["qualityUsers", (p) => ({ ...p, qualityUsers: 5 }), taught],
  ["model.lora.rank", (p) => ({ ...p, model: { ...p.model, lora } }), [distillation, ...tuned]],
  ["naive.steps", (p) => ({ ...p, naive: { ...p.naive, steps: 1 } }), naive],
  ["reward.steps", (p) => ({ ...p, reward: { ...p.reward, steps: 1 } }), rewarded],
  ["reward.pairsPerUser", (p) => ({ ...p, reward: { ...p.reward, pairsPerUser: 2 } }), [preferences, ...rewarded]],
  ["ppo.steps", (p) => ({ ...p, ppo: { ...p.ppo, steps: 1 } }), [policy, policyEvidence, policyText, ...ablations]],
  ["ppo.temperature", (p) => ({ ...p, ppo: { ...p.ppo, temperature: 0.9 } }), rewarded],
  ["ppo.evaluationUsers", (p) => ({ ...p, ppo: { ...p.ppo, evaluationUsers: 3 } }), judged],
  ["ppo.seeds", (p) => ({ ...p, ppo: { ...p.ppo, seeds: 2 } }), []],
  [
    "generation.sequences",
    (p) => ({ ...p, generation: { ...p.generation, sequences: 2 } }),
    inOrder(answered, rewarded),
  ],
  [
    "generation.sharePrefix",
    (p) => ({ ...p, generation: { ...p.generation, sharePrefix: "list" } }),
    inOrder(answered, rewarded),
  ],
  ["generation.temperature", (p) => ({ ...p, generation: { ...p.generation, temperature: 0.5 } }), answered],
  ["generation.maxTokens", (p) => ({ ...p, generation: { ...p.generation, maxTokens: 20 } }), answered],
  ["generation.threads", (p) => ({ ...p, generation: { ...p.generation, threads: 2 } }), []],
  ["bases.epochs", (p) => ({ ...p, bases: { ...p.bases, epochs: 2 } }), bases.slice(1)],
  ["fusions.axes", (p) => ({ ...p, fusions: { ...p.fusions, axes: 4 } }), [fusions, gated]],
  ["efficiency", (p) => ({ ...p, efficiency: { ...p.efficiency, batch: 64 } }), ["efficiency"]],
  ["recommenders.epochs", (p) => ({ ...p, recommenders: { ...p.recommenders, epochs: 8 } }), [table1, ablation]],
  ["ablation.seeds", (p) => ({ ...p, ablation: { ...p.ablation, seeds: 2 } }), ablations],
  ["ablation.sides", (p) => ({ ...p, ablation: { ...p.ablation, sides: ["user"] } }), names.slice(24)],
  ["ablation.variants", (p) => ({ ...p, ablation: { ...p.ablation, variants: ["Mask"] } }), ablations],
  ["ablation.runSeeds", (p) => ({ ...p, ablation: { ...p.ablation, runSeeds: [1, 2] } }), []],
];

function changedStages(a: Experiment, b: Experiment): readonly string[] {
  return allStages.filter((stage) => stage.hash(a) !== stage.hash(b)).map(({ name }) => name);
}

for (const [field, change, expected] of changes) {
  test(`${field} names anew what it enters and what follows, nothing before`, (t) => {
    assert.deepEqual(changedStages(experimentOf(t), experimentOf(t, { preset: change(smoke) })), expected);
  });
}

test("the model's and the encoder's bytes and the seed name results", (t) => {
  const own = experimentOf(t);
  assert.deepEqual(
    changedStages(own, experimentOf(t, { model: { path: "x", hash: "other" } })),
    inOrder(taught, [attributes]),
  );
  const all = inOrder([data, neighbours, fusions, attributes], taught, bases);
  assert.deepEqual(changedStages(own, experimentOf(t, { encoder: { path: "x", hash: "other" } })), all);
  assert.deepEqual(changedStages(own, experimentOf(t, { seed: 2 })), inOrder(all, ["efficiency"]));
  assert.deepEqual(changedStages(own, experimentOf(t)), [], "the folder of the store is no input");
});

test("where the distilled model writes the first turns, dialogues follow it and how it answers", (t) => {
  const distilled: Preset = { ...smoke, prompts: { ...smoke.prompts, dialogueProfiles: "distilled" } };
  const own = experimentOf(t, { preset: distilled });
  const slower = { ...distilled, model: { ...distilled.model, lora } };
  assert.deepEqual(changedStages(own, experimentOf(t, { preset: slower })), [distillation, dialogues, ...tuned]);
  const warmer = { ...distilled, generation: { ...distilled.generation, temperature: 0.5 } };
  assert.deepEqual(changedStages(own, experimentOf(t, { preset: warmer })), inOrder([dialogues, attributes], tuned));
});
