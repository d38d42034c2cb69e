import type { TokenisedDialogue } from "../chat";
import type { ModelConfig } from "./config";
import type { Span } from "./attentionPlan";

/** Dialogues laid end to end, without padding, and the rows whose logits are read. */
export interface PackedBatch {
  /** [N] */
  readonly ids: Int32Array;
  /** [N] position of each row in its dialogue, from 0. */
  readonly positions: Int32Array;
  readonly spans: readonly Span[];
  /** [M] rows of the pack, ascending. */
  readonly rows: Int32Array;
  /** [M] the token that follows each of those rows in its dialogue. */
  readonly labels: Int32Array;
  /** [B] how many of the M rows belong to each dialogue. */
  readonly counts: Int32Array;
}

/**
 * Packs dialogues for their supervised tokens: the row before each one is read, and what follows the last one is cut off,
 * because no loss depends on it.
 *
 * A supervised first token has nothing to be predicted from and is left out, as in transformers. Throws a RangeError for
 * an empty list, and for a dialogue that is too long, holds unknown ids or has no token to predict.
 */
export function packSupervised(config: ModelConfig, dialogues: readonly TokenisedDialogue[]): PackedBatch {
  return pack(config, dialogues, (dialogue, index) => {
    const predicted: number[] = [];
    for (let t = 1; t < dialogue.ids.length; t++) if (dialogue.mask[t] === 1) predicted.push(t - 1);
    if (predicted.length === 0) {
      throw new RangeError(`Cannot take a loss on dialogue ${index}: none of its tokens after the first is supervised`);
    }
    return predicted;
  });
}

/** Packs dialogues for the rows at given positions of each; without positions, for all of them. */
export function packPositions(
  config: ModelConfig,
  dialogues: readonly TokenisedDialogue[],
  positions?: readonly (readonly number[])[],
): PackedBatch {
  return pack(config, dialogues, ({ ids }, index) => {
    const asked = positions ? (positions[index] ?? []) : Array.from(ids.keys());
    asked.forEach((position, i) => {
      if (!(position >= 0 && position < ids.length && position > (asked[i - 1] ?? -1))) {
        throw new RangeError(
          `Cannot read position ${position} of dialogue ${index}: ascending positions below ${ids.length} are`,
        );
      }
    });
    if (asked.length === 0) throw new RangeError(`Cannot read dialogue ${index}: no position is asked for`);
    return asked;
  });
}

function pack(
  config: ModelConfig,
  dialogues: readonly TokenisedDialogue[],
  readOf: (dialogue: TokenisedDialogue, index: number) => readonly number[],
): PackedBatch {
  if (dialogues.length === 0) throw new RangeError("Cannot run the model on a batch: it holds no dialogue");
  const ids: number[] = [];
  const positions: number[] = [];
  const spans: Span[] = [];
  const rows: number[] = [];
  const labels: number[] = [];
  const counts = dialogues.map((dialogue, index) => {
    check(config, dialogue, index);
    const read = readOf(dialogue, index);
    const start = ids.length;
    const length = (read[read.length - 1] as number) + 1;
    for (let t = 0; t < length; t++) {
      ids.push(dialogue.ids[t] as number);
      positions.push(t);
    }
    for (const t of read) {
      rows.push(start + t);
      labels.push(dialogue.ids[t + 1] ?? 0);
    }
    spans.push({ start, length });
    return read.length;
  });
  const ints = (values: readonly number[]) => Int32Array.from(values);
  return {
    ids: ints(ids),
    positions: ints(positions),
    spans,
    rows: ints(rows),
    labels: ints(labels),
    counts: ints(counts),
  };
}

function check(config: ModelConfig, { ids, mask }: TokenisedDialogue, index: number): void {
  const fail = (reason: string) => new RangeError(`Cannot run the model on dialogue ${index}: ${reason}`);
  if (ids.length !== mask.length) throw fail(`it has ${ids.length} ids and ${mask.length} mask entries`);
  if (ids.length > config.contextLength)
    throw fail(`its ${ids.length} tokens exceed the context of ${config.contextLength}`);
  const unknown = ids.findIndex((id) => !(id >= 0 && id < config.vocabulary));
  if (unknown >= 0) throw fail(`token ${ids[unknown]} at position ${unknown} is not below ${config.vocabulary}`);
}
