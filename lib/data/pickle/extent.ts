import type { Machine } from "./machine";
import { ArrayObject, Dtype, GlobalName, nameOf, SparseObject, type Item } from "./object";
import type { PickleValue } from "./value";

/** Deeper than any data of this kind, shallow enough for readers that recurse. */
const deepest = 200;

/** More values than this are not unfolded from what the file shares. */
const mostParts = 200_000_000;

interface Extent {
  /** Values when everything shared is counted as often as it occurs. */
  readonly parts: number;
  readonly depth: number;
}

/**
 * The result as plain data. Shared parts are counted as often as they occur, so that a reader may walk through it: what unfolds
 * to more than 200 million values, is nested deeper than 200, contains itself, or holds a class or an unfilled array is refused.
 */
export function plainValue(machine: Machine, root: Item): PickleValue {
  const known = new Map<Item, Extent | "open">();
  const pending: Item[] = [root];
  while (pending.length > 0) {
    const item = pending.at(-1)!;
    const state = known.get(item);
    if (state !== undefined && state !== "open") {
      pending.pop();
      continue;
    }
    const inner = innerOf(item);
    if (state === undefined) {
      checkPlain(machine, item);
      known.set(item, "open");
      for (const part of inner) {
        if (known.get(part) === "open") throw machine.fail("a container holds itself");
        if (isContainer(part)) pending.push(part);
        else checkPlain(machine, part);
      }
      continue;
    }
    pending.pop();
    known.set(item, extentOf(machine, item, inner, known));
  }
  return root as PickleValue;
}

function extentOf(
  machine: Machine,
  item: Item,
  inner: Iterable<Item>,
  known: ReadonlyMap<Item, Extent | "open">,
): Extent {
  let [parts, depth] = [ownParts(item), 0];
  for (const part of inner) {
    const extent = isContainer(part) ? known.get(part) : undefined;
    if (extent === "open") throw machine.fail("a container holds itself");
    parts += extent?.parts ?? ownParts(part);
    depth = Math.max(depth, extent?.depth ?? 0);
  }
  if (parts > mostParts) throw machine.fail(`its shared parts unfold to more than ${mostParts} values`);
  if (depth >= deepest) throw machine.fail(`it is nested deeper than ${deepest}`);
  return { parts, depth: depth + 1 };
}

function isContainer(item: Item): boolean {
  return Array.isArray(item) || item instanceof Map;
}

function innerOf(item: Item): Iterable<Item> {
  if (Array.isArray(item)) return item;
  return item instanceof Map ? item.values() : [];
}

function ownParts(item: Item): number {
  if (item instanceof ArrayObject) return 1 + item.data.length;
  if (item instanceof SparseObject) return 1 + item.values.length;
  return item instanceof Set ? 1 + item.size : 1;
}

function checkPlain(machine: Machine, item: Item): void {
  if (item instanceof GlobalName || item instanceof Dtype) throw machine.fail(`${nameOf(item)} is no plain data`);
  if ((item instanceof ArrayObject || item instanceof SparseObject) && !item.built) {
    throw machine.fail(`${nameOf(item)} has no content`);
  }
}
