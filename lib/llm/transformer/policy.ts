import type { Adapter, LoraPair } from "../adapter";
import type { TokenisedDialogue } from "../chat";
import { packPositions, packSupervised, type PackedBatch } from "./batch";
import { scopedAsync, type Handle } from "./device";
import type { LanguageModel } from "./model";
import { rmsNormBackward, rmsNormForward } from "./norm";
import { differentiated, evaluated, type EvaluationOptions, type LossOptions } from "./passes";
import {
  policyHead,
  readPolicy,
  scalarBack,
  scalarsOf,
  type PolicyDerivatives,
  type PolicyRows,
  type ScalarHead,
  type ScalarHeadGradient,
} from "./policyHead";

/** An objective's value with its gradients by adapter and head. */
export interface PolicyGradients<T> {
  readonly result: T;
  readonly gradients: ReadonlyMap<string, LoraPair>;
  readonly head: ScalarHeadGradient;
}

/** What tokens were drawn with, and the head whose outputs are read beside them. */
export interface PolicyOptions {
  /** Divides the logits, as in sampling; default 1. */
  readonly temperature?: number;
  readonly head?: ScalarHead;
}

/**
 * What a policy says at every supervised token of each dialogue: log p, entropy, and the scalar head's output at the row the
 * token is predicted from (the value of the state before it). Dropout is off. Beginnings that dialogues share are computed once,
 * here and in every pass of this module without dropout.
 */
export async function policyRows(
  model: LanguageModel,
  adapter: Adapter | undefined,
  dialogues: readonly TokenisedDialogue[],
  options: PolicyOptions & EvaluationOptions = {},
): Promise<readonly PolicyRows[]> {
  const batch = packSupervised(model.config, dialogues, { sharePrefixes: true });
  return evaluated(model, adapter, batch, options.signal, async (_, x) =>
    splitRows(await readPolicy(model, x, batch.labels, headOptions(options)), batch.counts),
  );
}

/**
 * Gradients of any objective of a policy's log-probabilities and scalars: `objective` sees the rows of every dialogue and
 * answers its value and its derivatives by each log p and each scalar. With `detachScalars` the scalars' gradient reaches the
 * head and not the adapter.
 *
 * @example
 * const { gradients } = await policyGradients(model, adapter, [dialogue], ([rows]) => ({
 *   result: undefined, // REINFORCE: d loss / d log p = -return
 *   derivatives: [{ logProbs: rows.logProbs.map(() => -reward), scalars: new Float32Array(rows.logProbs.length) }],
 * }), {});
 */
export async function policyGradients<T>(
  model: LanguageModel,
  adapter: Adapter,
  dialogues: readonly TokenisedDialogue[],
  objective: (rows: readonly PolicyRows[]) => {
    readonly result: T;
    readonly derivatives: readonly PolicyDerivatives[];
  },
  options: PolicyOptions & LossOptions & { readonly detachScalars?: boolean },
): Promise<PolicyGradients<T>> {
  const batch = packSupervised(model.config, dialogues, { sharePrefixes: !drops(adapter, options) });
  const { detachScalars = false } = options;
  const { result, gradients } = await differentiated(model, adapter, batch, options, async (s, x) => {
    const pass = await policyHead(s, model, x, batch.labels, { ...headOptions(options), detachScalars });
    const { result, derivatives } = objective(splitRows(pass.rows, batch.counts));
    const joinedDerivatives = {
      logProbs: joined(
        derivatives.map(({ logProbs }) => logProbs),
        batch,
      ),
      scalars: joined(
        derivatives.map(({ scalars }) => scalars),
        batch,
      ),
    };
    const { dx, head } = pass.back(joinedDerivatives);
    return { result: { result, head }, dx };
  });
  return { ...result, gradients };
}

/** The scalar head's output after the last token of each sequence: [B]. Dropout is off. */
export async function sequenceScalars(
  model: LanguageModel,
  adapter: Adapter | undefined,
  head: ScalarHead,
  sequences: readonly Int32Array[],
  options: EvaluationOptions = {},
): Promise<Float32Array> {
  return evaluated(model, adapter, packLast(model, sequences, true), options.signal, (_, x) =>
    scopedAsync((s) =>
      Promise.resolve(scalarsOf(rmsNormForward(s, x, model.weights.outputNorm, model.epsilon).y, head)),
    ),
  );
}

/**
 * Gradients of any objective of the scalars after each sequence's last token: `objective` sees them [B] and answers its value
 * and its derivatives by each.
 */
export async function sequenceScalarGradients<T>(
  model: LanguageModel,
  adapter: Adapter,
  head: ScalarHead,
  sequences: readonly Int32Array[],
  objective: (scalars: Float32Array) => { readonly result: T; readonly derivatives: Float32Array },
  options: LossOptions,
): Promise<PolicyGradients<T>> {
  const batch = packLast(model, sequences, !drops(adapter, options));
  const { result, gradients } = await differentiated(model, adapter, batch, options, (s, x) => {
    const norm = rmsNormForward(s, x, model.weights.outputNorm, model.epsilon);
    const { result, derivatives } = objective(scalarsOf(norm.y, head));
    const back = scalarBack(s, norm, head, derivatives);
    const dx = rmsNormBackward(s, norm.saved, model.weights.outputNorm, back.dy as Handle);
    return Promise.resolve({ result: { result, head: back.head }, dx });
  });
  return { ...result, gradients };
}

/** Whether a pass drops inputs: then every dialogue drops others, and none shares its beginning. */
function drops(adapter: Adapter, { dropoutPrng }: LossOptions): boolean {
  return dropoutPrng !== undefined && adapter.config.dropout > 0;
}

function packLast(model: LanguageModel, sequences: readonly Int32Array[], sharePrefixes: boolean): PackedBatch {
  const dialogues = sequences.map((ids) => ({ ids, mask: new Uint8Array(ids.length) }));
  return packPositions(
    model.config,
    dialogues,
    sequences.map(({ length }) => [length - 1]),
    { sharePrefixes },
  );
}

function headOptions({ temperature = 1, head, signal }: PolicyOptions & EvaluationOptions) {
  if (!(temperature > 0)) throw new RangeError(`Cannot score at temperature ${temperature}: it must be above 0`);
  return { temperature, head, signal };
}

function splitRows({ logProbs, entropies, scalars }: PolicyRows, counts: Int32Array): readonly PolicyRows[] {
  let start = 0;
  return Array.from(counts, (count) => {
    const [from, to] = [start, (start += count)];
    const part = (values: Float32Array): Float32Array => values.subarray(from, to);
    return { logProbs: part(logProbs), entropies: part(entropies), scalars: part(scalars) };
  });
}

/** One array of all dialogues' derivatives; throws a RangeError when one has another length than its rows. */
function joined(parts: readonly Float32Array[], { counts, rows }: PackedBatch): Float32Array {
  const all = new Float32Array(rows.length);
  if (parts.length !== counts.length) {
    throw new RangeError(`Cannot differentiate ${counts.length} dialogues: derivatives of ${parts.length} are given`);
  }
  let start = 0;
  parts.forEach((part, b) => {
    if (part.length !== counts[b]) {
      throw new RangeError(`Cannot differentiate dialogue ${b}: ${counts[b]} rows, ${part.length} derivatives`);
    }
    all.set(part, start);
    start += part.length;
  });
  return all;
}
