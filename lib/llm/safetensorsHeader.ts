import { sizeOf } from "./gguf";

/** Storage types of the safetensors format that this project reads. */
export type SafetensorsType = "F32" | "F16" | "BF16";

/** Bytes a value. */
export const safetensorsWidths: Readonly<Record<SafetensorsType, number>> = { F32: 4, F16: 2, BF16: 2 };

/** Longest header that is read, in bytes: the limit of the format's own parser (huggingface/safetensors, safetensors/src/tensor.rs). */
export const longestHeader = 100_000_000;

/** Where a tensor lies. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  /** First byte, and the one after the last, from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** What a header says. */
export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  readonly entries: readonly SafetensorsEntry[];
}

type Fail = (reason: string) => SyntaxError;

/**
 * Parses the JSON header of a safetensors file whose data are `dataBytes` long; entries come in the order of their bytes.
 *
 * Throws a SyntaxError that names the file, and the tensor, unless every tensor has a known type and a shape that takes
 * exactly its bytes, and the tensors together cover the data once, without overlap or gap.
 */
export function parseSafetensorsHeader(path: string, header: Uint8Array, dataBytes: number): SafetensorsHeader {
  const fail: Fail = (reason) => new SyntaxError(`Cannot read ${path}: ${reason}`);
  const fields = recordOf(header, fail);
  const metadata = metadataOf(fields["__metadata__"], fail);
  const entries = Object.entries(fields)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => entryOf(name, value, dataBytes, fail))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin < covered) throw fail(`tensor "${name}" begins at byte ${begin}, inside the tensor before it`);
    if (begin > covered) throw fail(`bytes ${covered} to ${begin}, before tensor "${name}", belong to no tensor`);
    covered = end;
  }
  if (covered !== dataBytes) throw fail(`its tensors end at byte ${covered} of the data, the file at ${dataBytes}`);
  return { metadata, entries };
}

function recordOf(header: Uint8Array, fail: Fail): Readonly<Record<string, unknown>> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
    value = JSON.parse(text);
  } catch {
    throw fail("its header is not JSON in UTF-8");
  }
  if (!text.startsWith("{") || !isRecord(value)) throw fail("its header is not a JSON object");
  const twice = repeatedKey(text);
  if (twice !== undefined) throw fail(`its header has ${twice} twice`);
  return value;
}

function metadataOf(value: unknown, fail: Fail): ReadonlyMap<string, string> {
  if (value === undefined) return new Map();
  if (!isRecord(value)) throw fail("its __metadata__ is not an object");
  return new Map(
    Object.entries(value).map(([key, entry]) => {
      if (typeof entry !== "string") throw fail(`"${key}" of its __metadata__ is not a text`);
      return [key, entry] as const;
    }),
  );
}

function entryOf(name: string, value: unknown, dataBytes: number, fail: Fail): SafetensorsEntry {
  if (!isRecord(value)) throw fail(`tensor "${name}" is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isType(dtype)) {
    const known = Object.keys(safetensorsWidths).join(", ");
    throw fail(`tensor "${name}" has dtype ${JSON.stringify(dtype)}; understood are ${known}`);
  }
  if (!isCounts(shape) || !Number.isSafeInteger(sizeOf(shape))) {
    throw fail(`tensor "${name}" has shape ${JSON.stringify(shape)}, not a list of sizes`);
  }
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw fail(`tensor "${name}" has data_offsets ${JSON.stringify(offsets)}, not two offsets`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    throw fail(`tensor "${name}" lies at bytes ${begin} to ${end} of ${dataBytes} bytes of data (truncated file?)`);
  }
  const needed = sizeOf(shape) * safetensorsWidths[dtype];
  if (end - begin !== needed) {
    throw fail(`tensor "${name}" of shape ${JSON.stringify(shape)} has ${end - begin} bytes; ${dtype} takes ${needed}`);
  }
  return { name, type: dtype, shape, begin, end };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isType(value: unknown): value is SafetensorsType {
  return typeof value === "string" && Object.hasOwn(safetensorsWidths, value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0);
}

/** The first key, as written, that an object of a valid JSON text has twice: JSON.parse silently keeps the last. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  let text = "";
  for (let at = 0; at < json.length; at++) {
    const sign = json[at];
    if (sign === '"') {
      const begin = at;
      for (at++; json[at] !== '"'; at++) if (json[at] === "\\") at++;
      text = json.slice(begin, at + 1);
    } else if (sign === "{") open.push(new Set());
    else if (sign === "}") open.pop();
    else if (sign === ":") {
      // Two spellings of one key ("a", "\u0061") are one key.
      const key = JSON.parse(text) as string;
      if (open.at(-1)!.has(key)) return text;
      open.at(-1)!.add(key);
    }
  }
  return undefined;
}
