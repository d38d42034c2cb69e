import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./project.mjs";
import { run } from "./run.mjs";

/**
 * Whether node_modules is what package-lock.json says, by npm's own record of what it installed.
 *
 * The record is compared by content, so a folder that npm brought up to date by other means is accepted too.
 */
export function packagesMatchLock(folder = root) {
  try {
    const wanted = packagesOf(join(folder, "package-lock.json"));
    const installed = packagesOf(join(folder, "node_modules", ".package-lock.json"));
    for (const [path, entry] of Object.entries(wanted)) {
      if (path === "" || entry.link) continue;
      const found = installed[path];
      if (!found) {
        if (entry.optional || entry.devOptional || !path.includes("node_modules/")) continue;
        return false;
      }
      if (found.version !== entry.version || found.integrity !== entry.integrity) return false;
      if (!existsSync(join(folder, path))) return false;
    }
    return Object.keys(installed).every((path) => path in wanted) && existsSync(join(folder, "node_modules", "reclm"));
  } catch {
    return false;
  }
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}

/** Installs exactly what the lock file says; no package's own script runs. */
export async function installPackages(env) {
  await run("the npm packages", "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: root, env });
}
