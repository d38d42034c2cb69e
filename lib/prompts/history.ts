import { columnsOf, type Csr } from "../core";
import type { Interactions } from "../data";

/** Per user, training items from the oldest to the newest. */
export type Histories = readonly Int32Array[];

/**
 * The histories that prompts are made of: the interactions that are entries of `pairs` (training pairs, U x I), so that
 * validation and test pairs cannot reach a prompt.
 *
 * Ties in time, and data without times: the lower item index first. Throws when an entry of `pairs` is no interaction.
 */
export function historiesOf(interactions: Interactions, pairs: Csr): Histories {
  const { users, items, times } = interactions;
  const timesOf = Array.from({ length: pairs.rows }, () => new Map<number, number>());
  for (let e = 0; e < users.length; e++) timesOf[users[e]!]?.set(items[e]!, times ? times[e]! : 0);
  return timesOf.map((timeOf, user) => {
    const order = Array.from(columnsOf(pairs, user), (item) => {
      const time = timeOf.get(item);
      if (time === undefined) {
        throw new RangeError(`Cannot order the history of user ${user}: item ${item} is no interaction of that user`);
      }
      return { item, time };
    });
    order.sort((a, b) => a.time - b.time || a.item - b.item);
    return Int32Array.from(order, (entry) => entry.item);
  });
}

/**
 * Which items of a history a prompt shows, newest first: `count` items spread evenly over the history in time, the newest
 * always among them; all of a history that is no longer than `count`. Training and inference use this one rule.
 *
 * @example shownItems([1, 2, 3, 4, 5, 6], 3) // [6, 4, 2]
 */
export function shownItems(history: ArrayLike<number>, count: number): readonly number[] {
  return shownPlaces(history.length, count).map((place) => history[place]!);
}

/**
 * The same, with one item certain to be shown if the history has it: it takes the place of the shown item nearest to it in
 * the history (of two, the newer), so that neither the length nor the order of the list tells it from others.
 */
export function shownWith(history: ArrayLike<number>, count: number, item?: number): readonly number[] {
  const places = shownPlaces(history.length, count);
  const wanted = item === undefined ? -1 : Array.prototype.indexOf.call(history, item);
  if (wanted >= 0 && !places.includes(wanted)) {
    const distances = places.map((place) => Math.abs(place - wanted));
    places[distances.indexOf(Math.min(...distances))] = wanted;
  }
  return places.map((place) => history[place]!);
}

function shownPlaces(length: number, count: number): number[] {
  if (!(count >= 1)) throw new RangeError(`Cannot show ${count} items of a history: at least 1 is needed`);
  const shown = Math.min(length, Math.floor(count));
  return Array.from({ length: shown }, (_, j) => length - 1 - Math.floor((j * length) / shown));
}

/** A history without one item, in the same order. */
export function without(history: ArrayLike<number>, item: number): Int32Array {
  return Int32Array.from(Array.from(history).filter((other) => other !== item));
}
