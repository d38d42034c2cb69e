// A tiny clone, and what it holds: test/reference/data/recLm_clone.py (pickle, numpy, scipy, pyarrow).
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { folderWith } from "./folder";

export interface TinyClone {
  /** Path -> base64. */
  readonly files: Readonly<Record<string, string>>;
  readonly expected: {
    /** "user:global id" */
    readonly train: readonly string[];
    readonly test: readonly string[];
    readonly mask: readonly string[];
    readonly zeroShot: readonly string[];
    readonly ids: readonly number[];
    readonly trainItems: readonly number[];
    readonly testItems: readonly number[];
    readonly zeroItems: readonly number[];
    readonly features: readonly number[];
    readonly itemProfiles: readonly number[];
    readonly userProfiles: readonly number[];
  };
}

const reference = join(__dirname, "../../../test/reference/data/recLm_clone.json");
export const tinyClone = JSON.parse(readFileSync(reference, "utf8")) as TinyClone;

/** The tiny clone on disk without the files whose paths contain one of `without`; `changed` replaces files by base64. */
export async function cloneFolder(
  context: TestContext,
  without: readonly string[] = [],
  changed: Readonly<Record<string, string>> = {},
): Promise<string> {
  const root = await folderWith(context, {});
  for (const [path, content] of Object.entries({ ...tinyClone.files, ...changed })) {
    if (without.some((part) => path.includes(part))) continue;
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), Buffer.from(content, "base64"));
  }
  return root;
}

/** For tests on the released data: the clone's root, else why they skip. */
export function releasedClone(): { readonly root: string; readonly skip: string | false } {
  const root = process.env["RECLM_CLONE"] ?? "";
  const there = root !== "" && existsSync(join(root, "data", "mind", "trnMat_zero.pkl"));
  return { root, skip: there ? false : "no clone of RecLM here: set RECLM_CLONE to one" };
}
