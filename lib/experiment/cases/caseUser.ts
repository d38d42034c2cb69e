import type { PreparedData } from "../data/dataStage";

/** The user that a notebook looks at. */
export interface CaseUser {
  readonly user: number;
  /** "user 49", by the data set's own ids. */
  readonly name: string;
  /** Who it is, for captions. */
  readonly note: string;
}

/** The user with this id in the data set or, where there is none, the one at that place, counted round; the note says which. */
export function caseUser({ interactions, name }: PreparedData, id: number): CaseUser {
  if (!(Number.isSafeInteger(id) && id >= 0)) {
    throw new RangeError(`Cannot look at user ${id}: the id must be a whole number from 0 up`);
  }
  const { userIds } = interactions;
  const place = userIds.indexOf(String(id));
  const user = place >= 0 ? place : id % userIds.length;
  const own = `user ${userIds[user]}`;
  const note = place >= 0 ? `${own} of ${name}` : `${own} of ${name}: user ${id} is not in this sample`;
  return { user, name: own, note };
}
