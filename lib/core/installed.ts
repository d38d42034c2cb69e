import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The version of an installed package, found in the folders above this file; a dash where it is not installed. */
export function versionOf(name: string): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")) as {
        version?: string;
      };
      return manifest.version ?? "—";
    } catch {
      if (dirname(folder) === folder) return "—";
    }
  }
}

/** Short commit hash, with "+" where tracked files differ from it; a dash outside a clone. */
export function commit(): string {
  const git = (...words: string[]): string =>
    execFileSync("git", words, { cwd: __dirname, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const changed = git("status", "--porcelain", "--untracked-files=no") !== "";
    return git("rev-parse", "--short=12", "HEAD") + (changed ? "+" : "");
  } catch {
    return "—";
  }
}
