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

// The build needs the compilers, and native parts are optional packages; NODE_ENV=production or npm's own settings would omit them.
const everything = ["--include=dev", "--include=optional"];

/** Installs exactly what the lock file says; no package's own script runs. */
export async function installPackages(env) {
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", ...everything];
  await run("the npm packages", "npm", ["ci", ...flags], { cwd: root, env });
}
