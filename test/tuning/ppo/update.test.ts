// Expected values: test/reference/tuning/ppo_update.py (transformers + PEFT + torch.optim.Adam).
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { deviceTensorCount, loadLanguageModel, policyRows, type LanguageModel } from "reclm/llm";
import {
  DivergenceError,
  epochOrders,
  miniBatchGradients,
  PpoLearner,
  ppoDefaults,
  ppoTargets,
  ppoUpdate,
  type MiniBatchRecord,
  type PpoSample,
  type PpoUpdateConfig,
  type PpoUpdateJob,
} from "reclm/tuning";
import { noise } from "../../support/noise";
import {
  assertGradients,
  dialoguesOf,
  floats,
  noiseAdapter,
  type JsonDialogue,
  type PeftCase,
} from "../../support/peft";
import { writeTinyLlama } from "../../support/tinyLlama";

interface Case {
  readonly config: Readonly<
    Record<
      | "temperature"
      | "klCoef"
      | "missingEosPenalty"
      | "gamma"
      | "gaeLambda"
      | "clipCoef"
      | "valueClipCoef"
      | "valueCoef"
      | "miniBatch"
      | "learningRate"
      | "oldNoise",
      number
    >
  > & {
    readonly orders: readonly (readonly number[])[];
    readonly valueGradient: "shared" | "head";
    readonly whitenRewards: boolean;
    readonly maxGradNorm: number | null;
    readonly cap: number | null;
  };
  readonly old: readonly (readonly number[])[];
  readonly values: readonly (readonly number[])[];
  readonly ref: readonly (readonly number[])[];
  readonly advantages: readonly (readonly number[])[];
  readonly returns: readonly (readonly number[])[];
  readonly first: Pick<PeftCase, "gradients"> & {
    readonly headWeight: readonly number[];
    readonly headBias: readonly number[];
  };
  readonly records: readonly Omit<MiniBatchRecord, "skipped">[];
  readonly weights: Readonly<Record<string, string>>;
  readonly headWeight: readonly number[];
  readonly headBias: readonly number[];
}

interface Expected {
  readonly dialogues: readonly JsonDialogue[];
  readonly ended: readonly boolean[];
  readonly scores: readonly number[];
  readonly cases: Readonly<Record<"shared" | "head", Case>>;
}

const file = join(process.cwd(), "test/reference/tuning/ppo_update.json");
const expected = JSON.parse(readFileSync(file, "utf8")) as Expected;
const dialogues = dialoguesOf(expected.dialogues);

let folder: string;
let model: LanguageModel;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "reclm-"));
  await writeTinyLlama(join(folder, "tiny.gguf"));
  model = await loadLanguageModel(join(folder, "tiny.gguf"));
});

after(() => {
  model.dispose();
  rmSync(folder, { recursive: true });
});

function assertClose(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number, what: string): void {
  assert.equal(found.length, wanted.length, what);
  for (let i = 0; i < wanted.length; i++) {
    const error = Math.abs(found[i]! - wanted[i]!);
    assert.ok(error < tolerance, `${what} ${i} is ${found[i]}, not ${wanted[i]}`);
  }
}

function freshLearner(): PpoLearner {
  const adapter = noiseAdapter(model, ["attn_q", "attn_v"], { rank: 4, alpha: 8, scaleB: 0.3 });
  return new PpoLearner(adapter, { weight: noise(51, 32, 0.1), bias: noise(52, 1, 0.1) }, { epsilon: 1e-5 });
}

function configOf({ config }: Case): PpoUpdateConfig {
  const { maxGradNorm, cap, orders, ...rest } = config;
  const { maxGradNorm: _, importance: __, ...defaults } = ppoDefaults;
  return {
    ...defaults,
    ...rest,
    ppoEpochs: orders.length,
    ratioThreshold: 100,
    ...(maxGradNorm === null ? {} : { maxGradNorm }),
    ...(cap === null ? {} : { importance: { level: "token", cap } }),
  };
}

/** The case's samples, their log-probabilities and values computed here. */
async function samplesOf({ config }: Case, learner: PpoLearner): Promise<readonly PpoSample[]> {
  const { temperature, oldNoise } = config;
  const rows = await policyRows(model, learner.adapter, dialogues, { temperature, head: learner.head });
  const reference = await policyRows(model, undefined, dialogues, { temperature });
  return dialogues.map((dialogue, b) => {
    const { logProbs, scalars } = rows[b]!;
    const shift = noise(61 + b, logProbs.length, oldNoise);
    const old = logProbs.map((value, t) => value + shift[t]!);
    const difference = noise(71 + b, old.length, 0.9);
    return {
      dialogue,
      score: expected.scores[b]!,
      ended: expected.ended[b]!,
      oldLogProbs: old,
      oldValues: scalars,
      refLogProbs: reference[b]!.logProbs,
      samplerLogProbs: old.map((value, t) => value - difference[t]!),
    };
  });
}

async function jobOf(wanted: Case, changes: Partial<PpoUpdateConfig> = {}): Promise<PpoUpdateJob> {
  const learner = freshLearner();
  const { klCoef, learningRate, temperature, orders } = wanted.config;
  const samples = await samplesOf(wanted, learner);
  const config = { ...configOf(wanted), ...changes };
  return { model, learner, samples, config, klCoef, learningRate, temperature, orders };
}

for (const [name, wanted] of Object.entries(expected.cases)) {
  test(`an update with value gradient "${name}" is torch's: samples, targets, first gradients`, async () => {
    const job = await jobOf(wanted);
    job.samples.forEach((sample, b) => {
      assertClose(sample.refLogProbs, wanted.ref[b]!, 1e-4, "reference log p");
      assertClose(sample.oldValues, wanted.values[b]!, 1e-4, "value");
      if (wanted.config.oldNoise === 0) assertClose(sample.oldLogProbs, wanted.old[b]!, 1e-4, "log p");
    });
    const targets = ppoTargets(job.samples, { ...job.config, klCoef: job.klCoef });
    targets.forEach(({ advantages, returns }, b) => {
      assertClose(advantages, wanted.advantages[b]!, 1e-4, "advantage");
      assertClose(returns, wanted.returns[b]!, 1e-4, "return");
    });
    for (const microBatch of [2, 1]) {
      const examples = job.orders[0]!;
      const chosen = [examples[0]!, examples[1]!].map((b) => ({ sample: job.samples[b]!, targets: targets[b]! }));
      const options = { ...job, config: { ...job.config, microBatch } };
      const { losses, gradients } = await miniBatchGradients(model, job.learner, chosen, options);
      for (const [field, value] of Object.entries(losses)) {
        assertClose([value], [wanted.records[0]![field as "loss"]], 1e-4, field);
      }
      const names = [...job.learner.adapter.pairs].map(([pair, { a, b }], i) => {
        const [da, db] = [gradients[2 * i]!, gradients[2 * i + 1]!];
        return [pair, { a: { ...a, data: da }, b: { ...b, data: db } }] as const;
      });
      assertGradients(new Map(names), wanted.first.gradients);
      const largest = Math.max(...wanted.first.headWeight.map(Math.abs));
      assertClose(gradients.at(-2)!, wanted.first.headWeight, 1e-3 * largest, "head weight");
      assertClose(gradients.at(-1)!, wanted.first.headBias, 1e-4, "head bias");
    }
  });

  test(`an update with value gradient "${name}" is torch's: losses of all steps, weights after Adam`, async () => {
    const job = await jobOf(wanted);
    const held = deviceTensorCount();
    const { miniBatches, stoppedEarly } = await ppoUpdate(job);
    assert.equal(deviceTensorCount(), held);
    assert.equal(stoppedEarly, false);
    assert.equal(miniBatches.length, wanted.records.length);
    miniBatches.forEach(({ skipped, ...record }, i) => {
      assert.equal(skipped, false);
      for (const [field, value] of Object.entries(record)) {
        const truth = wanted.records[i]![field as "loss"];
        assertClose([value], [truth], 1e-3 * Math.max(1, Math.abs(truth)), `${field} of mini-batch ${i}`);
      }
    });
    const state = job.learner.state();
    for (const [tensor, values] of Object.entries(wanted.weights)) {
      assertClose(state.get(tensor)!, floats(values), 1e-4, tensor);
    }
    assertClose(job.learner.head.weight, wanted.headWeight, 1e-4, "head weight");
    assertClose(job.learner.head.bias, wanted.headBias, 1e-4, "head bias");
  });
}

test("targetKl ends an update after the epoch that went too far", async () => {
  const { miniBatches, stoppedEarly } = await ppoUpdate(await jobOf(expected.cases.shared, { targetKl: 0.01 }));
  assert.ok(stoppedEarly);
  assert.equal(miniBatches.length, 4, "the first epoch stays below 0.015");
});

test("exploding ratios stop the update or are left out, and change nothing", async () => {
  const stopped = await jobOf(expected.cases.shared, { ratioThreshold: 1.5 });
  await assert.rejects(ppoUpdate(stopped), (error: DivergenceError) => {
    assert.ok(error instanceof DivergenceError);
    assert.match(error.message, /epoch 2 of an update the mean ratio is 1\.9\d+, above 1\.5/);
    assert.deepEqual(error.record.responses, [0, 2]);
    return true;
  });
  assert.equal(stopped.learner.optimiser.step, 3);
  const skipping = await jobOf(expected.cases.shared, { ratioThreshold: 1.5, onRatioExplosion: "skip" });
  const { miniBatches } = await ppoUpdate(skipping);
  assert.equal(miniBatches.length, 6);
  const done = miniBatches.filter(({ skipped }) => !skipped).length;
  assert.ok(done < 6);
  assert.equal(skipping.learner.optimiser.step, done);
});

test("numbers that are not finite stop the update before a weight changes", async () => {
  const job = await jobOf(expected.cases.shared);
  job.learner.head.weight[0] = Number.NaN;
  const kept = job.learner.parameters.map((values) => values.slice());
  await assert.rejects(ppoUpdate(job), DivergenceError);
  assert.deepEqual(job.learner.parameters, kept);
});

test("gradients are finite for one-token responses and identical rewards", async () => {
  const job = await jobOf(expected.cases.shared);
  const short = job.samples.map(({ dialogue, oldLogProbs }): PpoSample => {
    const mask = dialogue.mask.slice();
    mask.fill(0, mask.indexOf(1) + 1);
    const logProb = oldLogProbs.slice(0, 1);
    return {
      dialogue: { ids: dialogue.ids, mask },
      score: 1,
      ended: true,
      oldLogProbs: logProb,
      oldValues: Float32Array.of(0.5),
      refLogProbs: logProb,
    };
  });
  const { targets, miniBatches } = await ppoUpdate({ ...job, samples: short });
  targets.forEach(({ advantages }) => assertClose(advantages, [0], 1e-6, "advantage of equal rewards"));
  miniBatches.forEach(({ gradNorm, loss }) => assert.ok(Number.isFinite(gradNorm) && Number.isFinite(loss)));
  const alone = { ...job.config, miniBatch: 1 };
  const single = await ppoUpdate({ ...job, config: alone, samples: [short[0]!], orders: [[0], [0]] });
  single.miniBatches.forEach(({ gradNorm }) => assert.ok(Number.isFinite(gradNorm)));
  assert.ok(job.learner.parameters.every((values) => values.every(Number.isFinite)));
});

test("samples that cannot be learnt from are refused", async () => {
  const job = await jobOf(expected.cases.shared);
  const [first, ...others] = job.samples as [PpoSample, ...PpoSample[]];
  const masked = { ...first, dialogue: { ids: first.dialogue.ids, mask: new Uint8Array(first.dialogue.ids.length) } };
  await assert.rejects(ppoUpdate({ ...job, samples: [masked, ...others] }), /response 0: none of its tokens/);
  const uneven = { ...first, refLogProbs: new Float32Array(2) };
  await assert.rejects(ppoUpdate({ ...job, samples: [uneven, ...others] }), /9 tokens are supervised, 2 refLogProbs/);
  await assert.rejects(ppoUpdate({ ...job, samples: others }), /3 responses: mini-batches hold 2/);
});

test("epochOrders() is a pure function of seed and step, another order each epoch", () => {
  const orders = epochOrders(20, 3, 4, 7);
  assert.deepEqual(epochOrders(20, 3, 4, 7), orders);
  assert.notDeepEqual(orders[0], orders[1]);
  assert.notDeepEqual(epochOrders(20, 3, 5, 7), orders);
  orders.forEach((order) =>
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      [...Array(20).keys()],
    ),
  );
});
