import { replaceFile } from "./files";
import type { Json } from "./hash";

/** Characters gathered before they are written. */
const pieceLength = 1 << 16;

/**
 * Writes a JSON Lines file (UTF-8, one value a line) as its rows come, atomically: readers see all of it or the former one.
 * Resolves to the number of rows. What `rows` throws is thrown on, and no file is left.
 *
 * @example await writeJsonLines("prompts.jsonl", examples.map(({ id }) => ({ id })));
 */
export async function writeJsonLines(path: string, rows: Iterable<Json> | AsyncIterable<Json>): Promise<number> {
  let count = 0;
  let failure: { readonly error: unknown } | undefined;
  async function* watched(): AsyncGenerator<Json> {
    try {
      yield* rows;
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  try {
    await replaceFile(path, async (file) => {
      let piece = "";
      for await (const row of watched()) {
        piece += `${JSON.stringify(row)}\n`;
        count++;
        if (piece.length < pieceLength) continue;
        await file.appendFile(piece);
        piece = "";
      }
      await file.appendFile(piece);
    });
  } catch (error) {
    // Rows fail by their own fault: the file's name in front would hide their class.
    throw failure ? failure.error : error;
  }
  return count;
}
