import type { TokenisedDialogue } from "../chat";
import type { Span } from "./attention";
import type { ModelConfig } from "./config";
import { prefixTree } from "./prefixTree";

/**
 * Dialogues laid end to end, without padding, and the rows whose logits are read. Where beginnings are shared, a dialogue's rows
 * are its own span and that span's ancestors.
 */
export interface PackedBatch {
  /** [N] */
  readonly ids: Int32Array;
  /** [N] position of each row in its dialogue, from 0. */
  readonly positions: Int32Array;
  readonly spans: readonly Span[];
  /** [M] rows of the pack, dialogue by dialogue. */
  readonly rows: Int32Array;
  /** [M] the token that follows each of those rows in its dialogue. */
  readonly labels: Int32Array;
  /** [B] how many of the M rows belong to each dialogue. */
  readonly counts: Int32Array;
}

/** How dialogues are packed. */
export interface PackOptions {
  /**
   * Computes the beginnings that dialogues share once, which changes results by rounding only; not for passes with dropout,
   * where each dialogue drops inputs of its own. Default false.
   */
  readonly sharePrefixes?: boolean;
}

/**
 * Packs dialogues for their supervised tokens: the row before each one is read, and what follows the last one is cut off,
 * because no loss depends on it.
 *
 * A supervised first token has nothing to be predicted from and is left out, as in transformers. Throws a RangeError for
 * an empty list, and for a dialogue that is too long, holds unknown ids or has no token to predict.
 */
export function packSupervised(
  config: ModelConfig,
  dialogues: readonly TokenisedDialogue[],
  options: PackOptions = {},
): PackedBatch {
  return pack(config, dialogues, options, (dialogue, index) => {
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
  options: PackOptions = {},
): PackedBatch {
  return pack(config, dialogues, options, ({ ids }, index) => {
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
  { sharePrefixes = false }: PackOptions,
  readOf: (dialogue: TokenisedDialogue, index: number) => readonly number[],
): PackedBatch {
  if (dialogues.length === 0) throw new RangeError("Cannot run the model on a batch: it holds no dialogue");
  const read = dialogues.map((dialogue, index) => {
    check(config, dialogue, index);
    return readOf(dialogue, index);
  });
  const sequences = dialogues.map(({ ids }, index) => ids.subarray(0, (read[index]!.at(-1) as number) + 1));
  const { spans, ids, positions, startOf } = laidOut(sequences, (index) => (sharePrefixes ? read[index]![0]! : 0));
  const ints = (values: readonly number[]) => Int32Array.from(values);
  return {
    ids: ints(ids),
    positions: ints(positions),
    spans,
    rows: ints(read.flatMap((asked, index) => asked.map((t) => startOf[index]! + t))),
    labels: ints(read.flatMap((asked, index) => asked.map((t) => dialogues[index]!.ids[t + 1] ?? 0))),
    counts: ints(read.map(({ length }) => length)),
  };
}

/** The segments of the sequences' tree end to end; `startOf[i]` is the row at which sequence i would begin to end with its own rest. */
function laidOut(sequences: readonly Int32Array[], ownOf: (index: number) => number) {
  const spans: Span[] = [];
  const ids: number[] = [];
  const positions: number[] = [];
  const startOf: number[] = [];
  const own = sequences.map((_, index) => ownOf(index));
  for (const { sequence, from, length, parent, rest } of prefixTree(sequences, own)) {
    spans.push({ start: ids.length, length, parent, before: from });
    if (rest) startOf[sequence] = ids.length - from;
    for (let t = from; t < from + length; t++) {
      ids.push(sequences[sequence]![t]!);
      positions.push(t);
    }
  }
  return { spans, ids, positions, startOf };
}

function check(config: ModelConfig, { ids, mask }: TokenisedDialogue, index: number): void {
  const fail = (reason: string) => new RangeError(`Cannot run the model on dialogue ${index}: ${reason}`);
  if (ids.length !== mask.length) throw fail(`it has ${ids.length} ids and ${mask.length} mask entries`);
  if (ids.length > config.contextLength)
    throw fail(`its ${ids.length} tokens exceed the context of ${config.contextLength}`);
  const unknown = ids.findIndex((id) => !(id >= 0 && id < config.vocabulary));
  if (unknown >= 0) throw fail(`token ${ids[unknown]} at position ${unknown} is not below ${config.vocabulary}`);
}
