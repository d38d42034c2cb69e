import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { InputError } from "reclm/core";
import type { Dataset } from "reclm/data";

/** A folder with these files, removed after the test. */
export async function folderWith(
  context: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "reclm-data-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

/** Where a file is wrong, and a part of the reason. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly field: string;
  readonly reason: RegExp;
}

/** The reading fails with an InputError that names this place of this folder. */
export async function refusedAt(folder: string, reading: Promise<unknown>, place: Place): Promise<void> {
  await assert.rejects(reading, (error: unknown) => {
    assert.ok(error instanceof InputError, String(error));
    const file = join(folder, place.file);
    assert.deepEqual(
      { file: error.file, line: error.line, field: error.field },
      { file, line: place.line, field: place.field },
      error.message,
    );
    assert.ok(error.message.startsWith(`Cannot read ${file}, line ${place.line}, field ${place.field}: `));
    assert.match(error.message, place.reason);
    return true;
  });
}

/** All items of a data set's catalogue. */
export function itemsOf({ catalogue }: Dataset): readonly object[] {
  return catalogue.indices().map((index) => catalogue.item(index));
}
