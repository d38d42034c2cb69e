/** A byte-level BPE vocabulary as GPT-2 writes it: tokens in id order, and merges in rank order. */
export interface ByteVocabulary {
  readonly tokens: readonly string[];
  /** 1 a normal token, 3 a control token. */
  readonly types: readonly number[];
  readonly merges: readonly string[];
}

const controlTokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

// Words whose letters are merged from the left; spaces are part of the word, as in GPT-2.
const words = [
  " the",
  " and",
  " user",
  " item",
  " of",
  " in",
  "er",
  "ing",
  "ity",
  " like",
  " movie",
  " rec",
  "ent",
  "est",
];

/** The printable stand-in of every byte (bytes_to_unicode of openai/gpt-2, encoder.py). */
function byteLetters(): readonly string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

/** 3 control tokens, 256 bytes and some merged pieces: enough for any text, small enough for a test. */
export function byteVocabulary(): ByteVocabulary {
  const letters = byteLetters();
  const tokens = [...controlTokens, ...letters];
  const known = new Set(tokens);
  const merges: string[] = [];
  for (const word of words) {
    const pieces = [...Buffer.from(word, "utf8")].map((byte) => letters[byte]!);
    for (let left = pieces[0]!, i = 1; i < pieces.length; i++) {
      const joined = left + pieces[i]!;
      if (!known.has(joined)) {
        known.add(joined);
        tokens.push(joined);
        merges.push(`${left} ${pieces[i]!}`);
      }
      left = joined;
    }
  }
  return { tokens, merges, types: tokens.map((_, id) => (id < controlTokens.length ? 3 : 1)) };
}
