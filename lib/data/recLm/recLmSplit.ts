import { MissingInputError } from "../../core";
import { coldItemSplit } from "../coldItemSplit";
import { snapshotSplit } from "../snapshotSplit";
import type { Split } from "../split";
import type { RecLmData } from "./readRecLm";

/**
 * The paper's split: the first snapshot trains, the second tests, with the candidates of the released maps. Throws a
 * MissingInputError that names the files where a snapshot is absent.
 *
 * @example recLmSplit(await readRecLm("mind")).train.columns.length // 89734
 */
export function recLmSplit(data: RecLmData, { validationShare = 0.1 } = {}): Split {
  const { first, second, testItems, zeroItems } = data;
  if (!first || !second) {
    const [part, purposes] = first ? ["second", ["test pairs"]] : ["first", ["training pairs"]];
    const files = data.files.filter(({ purpose }) => purposes.some((start) => purpose.startsWith(start!)));
    throw new MissingInputError(
      `the ${part} snapshot of ${data.name} (${files.map(({ path }) => path).join(" or ")})`,
      "the folder is not a whole clone; coldItemsOfSecond needs the second snapshot alone",
    );
  }
  const split = snapshotSplit(first, second, {
    validationShare,
    ...(testItems ? { testItems } : {}),
    ...(zeroItems ? { coldItems: zeroItems } : {}),
  });
  return { ...split, name: `RecLM's ${data.name} snapshots` };
}

/**
 * A split inside the second snapshot, for a copy without the first: trained on the test pairs of items that are not zero-shot
 * candidates, tested on the released zero-shot pairs. This is not the paper's protocol, and its name says so.
 */
export function coldItemsOfSecond(
  { name, second, zeroItems, files }: RecLmData,
  options: { readonly seed: number; readonly validationShare?: number },
): Split {
  if (!second || !zeroItems) {
    const missing = files.filter(({ found, purpose }) => !found && /second|zero-shot cat/.test(purpose));
    throw new MissingInputError(missing.map(({ path }) => path).join(" and "), "the folder is not a whole clone");
  }
  const split = coldItemSplit(second, { ...options, coldItems: zeroItems });
  return { ...split, name: `${name}, second snapshot with its zero-shot items cold (not the paper's protocol)` };
}
