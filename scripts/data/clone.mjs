import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export const repository = "https://github.com/HKUDS/RecLM.git";
const variable = "RECLM_CLONE";
const remedy = `Clone HKUDS/RecLM elsewhere and set ${variable} to its folder`;

/** A problem the user can solve: printed as one line, without a stack. */
export class CloneError extends Error {}

/**
 * The root of a clone of RecLM: the folder given, else the one that RECLM_CLONE names, else the one below `raw`, which is cloned
 * (newest state only) where it is not there yet.
 *
 * @throws {CloneError} one line and its remedy
 */
export function findClone({ folder, raw, env = process.env, url = repository, say = console.log }) {
  const given = folder ?? env[variable];
  if (given) {
    if (existsSync(join(given, "data"))) return resolve(given);
    const source = folder ? "--clone" : variable;
    throw new CloneError(`Cannot find ${join(given, "data")}: ${source} must name the root of a clone of HKUDS/RecLM.`);
  }
  const target = join(raw, "RecLM");
  if (existsSync(join(target, "data"))) return target;
  say("Cloning HKUDS/RecLM (some hundred megabytes) ...");
  clone(url, target, env);
  return target;
}

/** Cloned beside its place and then renamed, so that an interrupted one is never taken for a whole one. */
function clone(url, target, env) {
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(dirname(target), { recursive: true });
  const slow = ["-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30"];
  const child = spawnSync("git", [...slow, "clone", "--quiet", "--depth", "1", url, partial], {
    env: { ...env, GIT_TERMINAL_PROMPT: "0" },
    encoding: "utf8",
  });
  if (child.status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    const said = (child.stderr ?? "").trim().split("\n").at(-1);
    const reason = child.error?.code === "ENOENT" ? "git is not installed" : said || "git was stopped";
    throw new CloneError(`Cannot clone ${url}: ${reason.replace(/\.$/, "")}. ${remedy}.`);
  }
  if (!existsSync(join(partial, "data"))) {
    rmSync(partial, { recursive: true, force: true });
    throw new CloneError(`Cannot use ${url}: it has no folder data. ${remedy}.`);
  }
  rmSync(target, { recursive: true, force: true });
  renameSync(partial, target);
}
