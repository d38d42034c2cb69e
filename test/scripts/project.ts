import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
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

/** A folder with the clone's scripts alone. */
export function copyOfScripts(t: TestContext): string {
  const folder = temporaryFolder(t);
  cpSync(join(root, "scripts"), join(folder, "scripts"), { recursive: true });
  return folder;
}

/** Changes a file as unpacking an archive does: other content, with a time from before the last build. */
export function unpackOver(path: string, change: (text: string) => string): void {
  const text = readFileSync(path, "utf8");
  const changed = change(text);
  if (changed === text) throw new Error(`Cannot change ${path}: nothing in it fits`);
  writeFileSync(path, changed);
  utimesSync(path, new Date(0), new Date(0));
}

/** Runs Node on some arguments and waits. */
export function runNode(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8", timeout: 60_000 });
  return { status: child.status, stdout: child.stdout, output: `${child.stdout}${child.stderr}` };
}
