import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { matrixOf } from "reclm/core";
import {
  logits,
  lossAndGradients,
  type Adapter,
  type LanguageModel,
  type LoraPair,
  type LoraTarget,
  type ModelLayout,
  type TokenisedDialogue,
} from "reclm/llm";
import { noise, uniform } from "./noise";

/** One batch as transformers + PEFT computed it; written by test/reference/transformer/transformer_peft.py. */
export interface PeftCase {
  readonly name: string;
  readonly targets: readonly LoraTarget[];
  readonly dialogues: readonly JsonDialogue[];
  readonly loss: number;
  /** Positions whose logits are stored, every `stride`-th token of the vocabulary. */
  readonly positions: readonly number[];
  readonly stride: number;
  readonly logits: readonly (readonly string[])[];
  readonly gradients: Readonly<Record<string, PeftGradient>>;
}

export interface JsonDialogue {
  readonly ids: readonly number[];
  readonly mask: readonly number[];
}

interface PeftGradient {
  readonly norm: number;
  /** Inner products with the noise vectors of seeds 0, 1, ... */
  readonly projections: readonly number[];
  readonly entries?: string;
}

/** Losses of AdamW steps with clipping, before each step. */
export interface PeftSteps {
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number;
}

export function readReference<T>(name: string): T {
  return JSON.parse(readFileSync(join(process.cwd(), "test/reference/transformer", name), "utf8")) as T;
}

export function dialoguesOf(dialogues: readonly JsonDialogue[]): TokenisedDialogue[] {
  return dialogues.map(({ ids, mask }) => ({ ids: Int32Array.from(ids), mask: Uint8Array.from(mask) }));
}

const targetOrder = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"];

/** The adapter the script trains: A and B from noise, B not zero. */
export function noiseAdapter(
  model: { readonly config: ModelLayout },
  targets: readonly LoraTarget[],
  shape: { readonly rank: number; readonly alpha: number; readonly scaleB: number },
): Adapter {
  const { width, heads, kvHeads, headWidth, feedForward } = model.config;
  const sizes: Record<string, readonly [inputs: number, outputs: number]> = {
    attn_q: [width, heads * headWidth],
    attn_k: [width, kvHeads * headWidth],
    attn_v: [width, kvHeads * headWidth],
    attn_output: [heads * headWidth, width],
    ffn_gate: [width, feedForward],
    ffn_up: [width, feedForward],
    ffn_down: [feedForward, width],
  };
  const { rank, alpha, scaleB } = shape;
  const pairs = new Map<string, LoraPair>();
  for (let block = 0; block < model.config.blocks; block++) {
    for (const target of targets) {
      const [inputs, outputs] = sizes[target]!;
      const seed = 1000 + block * 20 + targetOrder.indexOf(target) * 2;
      pairs.set(`blk.${block}.${target}.weight`, {
        a: matrixOf(rank, inputs, noise(seed, rank * inputs, inputs ** -0.5)),
        b: matrixOf(outputs, rank, noise(seed + 1, outputs * rank, scaleB)),
      });
    }
  }
  return { config: { rank, alpha, dropout: 0, targets }, pairs };
}

/** 32-bit floats of `packed` in transformer_peft.py. */
export function floats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Logits within 1e-3, loss within 1e-4, each gradient within 1e-3 of its norm and of its largest entry. */
export async function assertEqualsPeft(
  model: LanguageModel,
  adapter: Adapter,
  expected: PeftCase,
  recompute: readonly boolean[] = [false],
): Promise<void> {
  const dialogues = dialoguesOf(expected.dialogues);
  await assertLogits(model, adapter, dialogues, expected);
  for (const again of recompute) {
    const { loss, gradients } = await lossAndGradients(model, adapter, dialogues, { recompute: again });
    assert.ok(Math.abs(loss - expected.loss) < 1e-4, `loss ${loss}, not ${expected.loss}`);
    assertGradients(gradients, expected.gradients);
  }
}

/** Each gradient within 1e-3 of its norm and of its largest entry. */
export function assertGradients(found: ReadonlyMap<string, LoraPair>, expected: PeftCase["gradients"]): void {
  assert.equal(2 * found.size, Object.keys(expected).length);
  for (const [name, pair] of found) {
    assertGradient(`${name}.a`, pair.a.data, expected[`${name}.a`]!);
    assertGradient(`${name}.b`, pair.b.data, expected[`${name}.b`]!);
  }
}

async function assertLogits(
  model: LanguageModel,
  adapter: Adapter,
  dialogues: TokenisedDialogue[],
  expected: PeftCase,
) {
  const positions = dialogues.map(({ ids }) => expected.positions.filter((position) => position < ids.length));
  const ours = await logits(model, adapter, dialogues, { positions });
  const { vocabulary } = model.config;
  expected.logits.forEach((rows, d) => {
    assert.equal(rows.length, positions[d]!.length);
    rows.forEach((row, p) => {
      floats(row).forEach((value, k) => {
        const found = ours[d]![p * vocabulary + k * expected.stride]!;
        assert.ok(Math.abs(found - value) < 1e-3, `logit ${k * expected.stride} of ${d}, ${p}: ${found}, not ${value}`);
      });
    });
  });
}

function assertGradient(name: string, found: Float32Array, expected: PeftGradient): void {
  assert.ok(expected.norm > 0, `${name} has a gradient`);
  expected.projections.forEach((projection, seed) => {
    const direction = uniform(seed, found.length);
    const ours = found.reduce((sum, value, i) => sum + value * (2 * direction[i]! - 1), 0);
    const error = Math.abs(ours - projection) / expected.norm;
    assert.ok(error < 1e-3, `${name}: projection ${seed} is ${ours}, not ${projection}`);
  });
  if (expected.entries === undefined) return;
  const entries = floats(expected.entries);
  assert.equal(found.length, entries.length);
  const largest = entries.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  let squares = 0;
  entries.forEach((value, i) => {
    const error = Math.abs(found[i]! - value);
    assert.ok(error < 1e-3 * largest, `${name}: entry ${i} is ${found[i]}, not ${value}`);
    squares += error ** 2;
  });
  const relative = Math.sqrt(squares) / expected.norm;
  assert.ok(relative < 1e-3, `${name}: relative error ${relative}`);
}
