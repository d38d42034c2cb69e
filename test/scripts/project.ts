import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";

/** Root of the clone, from .cache/test/scripts. */
export const root = resolve(__dirname, "..", "..", "..");

/** A module of scripts/ (plain JavaScript, so its shape is stated by the test). */
export async function script<Shape>(name: string): Promise<Shape> {
  return (await import(pathToFileURL(join(root, "scripts", name)).href)) as Shape;
}

/** A folder that is gone when the test ends. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "reclm-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs Node on some arguments and waits. */
export function runNode(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8", timeout: 60_000 });
  return { status: child.status, stdout: child.stdout, output: `${child.stdout}${child.stderr}` };
}
