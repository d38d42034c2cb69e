import { join } from "node:path";
import { messageOf, writeJson, type Json } from "../core";

/**
 * Writes why a run cannot go on to `failure.json` of its work folder, numbers that are not finite as text; gives the words that
 * end the message of the stop: where the record is, or why there is none, since a full disk must not hide the reason.
 */
export async function recordFailure(folder: string, record: Readonly<Record<string, unknown>>): Promise<string> {
  const path = join(folder, "failure.json");
  const text = (_: string, value: unknown): unknown =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  return writeJson(path, JSON.parse(JSON.stringify(record, text)) as Json).then(
    () => `see ${path}`,
    (error: unknown) => `there is no record of it: ${messageOf(error)}`,
  );
}

/** Saves what a stopped run has done; gives the reason of its stop to be thrown, with what went wrong in saving as its cause. */
export async function savedAfter(reason: unknown, save: () => Promise<void>): Promise<unknown> {
  try {
    await save();
  } catch (error) {
    if (reason instanceof Error) reason.cause ??= error;
  }
  return reason;
}
