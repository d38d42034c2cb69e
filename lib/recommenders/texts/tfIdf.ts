/** Weights of the terms of texts: of row r those from `starts[r]` up to `starts[r + 1]`. */
export interface TermWeights {
  /** n */
  readonly rows: number;
  /** V, in ascending order of their spelling. */
  readonly terms: readonly string[];
  /** [n + 1] */
  readonly starts: Int32Array;
  /** Numbers of terms, ascending within a row. */
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

/**
 * TF-IDF of texts: weight (1 + ln tf) (ln((1 + n) / (1 + df)) + 1) of each word of two letters or more, in lower case, rows of
 * length 1. Source: scikit-learn's TfidfVectorizer with sublinear_tf. A text without words is a row of zeros.
 *
 * @example tfIdf(["blue car", "blue sea"]).terms // ["blue", "car", "sea"]
 */
export function tfIdf(texts: readonly string[]): TermWeights {
  const counted = texts.map(countsOf);
  const documents = new Map<string, number>();
  for (const counts of counted) for (const word of counts.keys()) documents.set(word, (documents.get(word) ?? 0) + 1);
  const terms = [...documents.keys()].sort((a, b) => (a < b ? -1 : 1));
  const place = new Map(terms.map((term, at) => [term, at]));
  const idf = terms.map((term) => Math.log((1 + texts.length) / (1 + documents.get(term)!)) + 1);
  const starts = new Int32Array(texts.length + 1);
  const columns: number[] = [];
  const values: number[] = [];
  for (const [row, counts] of counted.entries()) {
    const own = [...counts].map(([word, count]) => [place.get(word)!, 1 + Math.log(count)] as const);
    own.sort(([a], [b]) => a - b);
    const weights = own.map(([term, share]) => share * idf[term]!);
    const length = Math.hypot(...weights);
    own.forEach(([term], at) => {
      columns.push(term);
      values.push(weights[at]! / length);
    });
    starts[row + 1] = columns.length;
  }
  return { rows: texts.length, terms, starts, columns: Int32Array.from(columns), values: Float32Array.from(values) };
}

function countsOf(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}\p{M}_]{2,}/gu)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}
