// Expected values: test/reference/transformer/policy.py (transformers + PEFT).
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  deviceTensorCount,
  loadLanguageModel,
  lossAndGradients,
  policyGradients,
  policyRows,
  sequenceScalarGradients,
  sequenceScalars,
  tokenLogProbs,
  type LanguageModel,
  type LoraPair,
  type PolicyRows,
  type ScalarHead,
  type ScalarHeadGradient,
} from "reclm/llm";
import { noise } from "../support/noise";
import {
  assertGradients,
  dialoguesOf,
  noiseAdapter,
  readReference,
  type JsonDialogue,
  type PeftCase,
} from "../support/peft";
import { writeTinyLlama } from "../support/tinyLlama";

interface ExpectedGradients extends Pick<PeftCase, "gradients"> {
  readonly headWeight: readonly number[];
  readonly headBias: readonly number[];
}

interface Expected {
  readonly temperature: number;
  readonly dialogues: readonly JsonDialogue[];
  readonly tokens: ExpectedGradients & {
    readonly objective: number;
    readonly rows: readonly Readonly<Record<keyof PolicyRows, readonly number[]>>[];
  };
  readonly sequences: ExpectedGradients & { readonly scalars: readonly number[] };
}

const expected = readReference<Expected>("policy_tiny.json");
const shared = readReference<Expected>("policy_tiny_shared.json");
const dialogues = dialoguesOf(expected.dialogues);
const head: ScalarHead = { weight: noise(51, 32, 0.4), bias: noise(52, 1, 0.4) };
const shape = { rank: 4, alpha: 8, scaleB: 0.3 };

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

function assertAll(
  found: { readonly gradients: ReadonlyMap<string, LoraPair>; readonly head: ScalarHeadGradient },
  wanted: ExpectedGradients,
): void {
  assertGradients(found.gradients, wanted.gradients);
  const largest = Math.max(...wanted.headWeight.map(Math.abs));
  assertClose(found.head.weight, wanted.headWeight, 1e-3 * largest, "head weight");
  assertClose(found.head.bias, wanted.headBias, 1e-4, "head bias");
}

function objective(rows: readonly PolicyRows[]) {
  const derivatives = rows.map(({ logProbs }, b) => ({
    logProbs: noise(60 + b, logProbs.length, 1),
    scalars: noise(70 + b, logProbs.length, 1),
  }));
  const result = rows.reduce((sum, { logProbs, scalars }, b) => {
    const { logProbs: c, scalars: e } = derivatives[b]!;
    return logProbs.reduce((inner, value, i) => inner + value * c[i]! + scalars[i]! * e[i]!, sum);
  }, 0);
  return { result, derivatives };
}

const options = { temperature: expected.temperature, head };

test("policyRows(): log p, entropy and scalars at a temperature are PyTorch's", async () => {
  const adapter = noiseAdapter(model, ["attn_q", "attn_v"], shape);
  const found = await policyRows(model, adapter, dialogues, options);
  expected.tokens.rows.forEach((rows, b) => {
    for (const field of ["logProbs", "entropies", "scalars"] as const) {
      assertClose(found[b]![field], rows[field], 1e-4, `${field} of dialogue ${b}`);
    }
  });
  const scored = await tokenLogProbs(model, adapter, dialogues, { temperature: expected.temperature });
  scored.forEach((logProbs, b) => assertClose(found[b]!.logProbs, logProbs, 1e-6, "tokenLogProbs"));
});

test("policyGradients(): gradients of any objective, by adapter and head, are PyTorch's", async () => {
  const adapter = noiseAdapter(model, ["attn_q", "attn_v"], shape);
  for (const recompute of [false, true]) {
    const found = await policyGradients(model, adapter, dialogues, objective, { ...options, recompute });
    assert.ok(Math.abs(found.result - expected.tokens.objective) < 1e-3);
    assertAll(found, expected.tokens);
  }
});

test("policyGradients(): detached scalars leave the adapter the gradient of the log-probabilities alone", async () => {
  const adapter = noiseAdapter(model, ["attn_q", "attn_v"], shape);
  const withoutScalars = (rows: readonly PolicyRows[]) => {
    const { result, derivatives } = objective(rows);
    return { result, derivatives: derivatives.map((d) => ({ ...d, scalars: new Float32Array(d.scalars.length) })) };
  };
  const detached = await policyGradients(model, adapter, dialogues, objective, { ...options, detachScalars: true });
  const alone = await policyGradients(model, adapter, dialogues, withoutScalars, options);
  for (const [name, { a, b }] of alone.gradients) {
    assertClose(detached.gradients.get(name)!.a.data, a.data, 1e-6, name);
    assertClose(detached.gradients.get(name)!.b.data, b.data, 1e-6, name);
  }
  const largest = Math.max(...expected.tokens.headWeight.map(Math.abs));
  assertClose(detached.head.weight, expected.tokens.headWeight, 1e-3 * largest, "head weight");
});

test("policyGradients(): the mean of -log p has the gradients of the loss", async () => {
  const adapter = noiseAdapter(model, ["attn_q", "attn_v"], shape);
  const loss = await lossAndGradients(model, adapter, dialogues);
  const mean = (rows: readonly PolicyRows[]) => ({
    result: undefined,
    derivatives: rows.map(({ logProbs }) => ({
      logProbs: logProbs.map(() => -1 / loss.supervisedTokens),
      scalars: new Float32Array(logProbs.length),
    })),
  });
  const { gradients } = await policyGradients(model, adapter, dialogues, mean, {});
  for (const [name, { a, b }] of loss.gradients) {
    assertClose(gradients.get(name)!.a.data, a.data, 1e-6, name);
    assertClose(gradients.get(name)!.b.data, b.data, 1e-6, name);
  }
});

test("sequenceScalars() and their gradients are PyTorch's, and no tensor stays behind", async () => {
  const adapter = noiseAdapter(model, ["attn_q", "attn_v"], shape);
  const sequences = dialogues.map(({ ids }) => ids);
  const held = deviceTensorCount();
  assertClose(await sequenceScalars(model, adapter, head, sequences), expected.sequences.scalars, 1e-4, "scalar");
  const weigh = (scalars: Float32Array) => ({ result: [...scalars], derivatives: noise(80, scalars.length, 1) });
  const found = await sequenceScalarGradients(model, adapter, head, sequences, weigh, {});
  assertClose(found.result, expected.sequences.scalars, 1e-4, "scalar");
  assertAll(found, expected.sequences);
  assert.equal(deviceTensorCount(), held);
});

test("dialogues with beginnings in common: computed once, rows and gradients are still PyTorch's", async () => {
  const adapter = noiseAdapter(model, ["attn_q", "attn_v"], shape);
  const prompts = dialoguesOf(shared.dialogues);
  const rows = await policyRows(model, adapter, prompts, options);
  shared.tokens.rows.forEach((wanted, b) => {
    for (const field of ["logProbs", "entropies", "scalars"] as const) {
      assertClose(rows[b]![field], wanted[field], 1e-4, `${field} of dialogue ${b}`);
    }
  });
  const cooled = { temperature: shared.temperature };
  const scored = await tokenLogProbs(model, adapter, prompts, { ...cooled, sharePrefixes: true });
  scored.forEach((logProbs, b) => assertClose(logProbs, shared.tokens.rows[b]!.logProbs, 1e-4, `dialogue ${b}`));
  for (const recompute of [false, true]) {
    assertAll(await policyGradients(model, adapter, prompts, objective, { ...options, recompute }), shared.tokens);
  }
  const sequences = prompts.map(({ ids }) => ids);
  assertClose(await sequenceScalars(model, adapter, head, sequences), shared.sequences.scalars, 1e-4, "scalar");
  const weigh = (scalars: Float32Array) => ({ result: 0, derivatives: noise(80, scalars.length, 1) });
  assertAll(await sequenceScalarGradients(model, adapter, head, sequences, weigh, {}), shared.sequences);
});

test("policyGradients(): derivatives that do not fit the rows are refused", async () => {
  const adapter = noiseAdapter(model, ["attn_q", "attn_v"], shape);
  const wrong = () => ({ result: 0, derivatives: [{ logProbs: new Float32Array(1), scalars: new Float32Array(1) }] });
  await assert.rejects(policyGradients(model, adapter, dialogues, wrong, {}), /Cannot differentiate 3 dialogues/);
  await assert.rejects(policyRows(model, adapter, dialogues, { temperature: 0 }), /temperature 0/);
});
