import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Root folder of this clone. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Every path that set-up itself writes lies below these; npm's cache is an exception. */
export const paths = {
  cache: join(root, ".cache"),
  stamps: join(root, ".cache", "setup"),
  wheels: join(root, ".cache", "wheels"),
  tensorflow: join(root, ".cache", "libtensorflow"),
  modules: join(root, "node_modules"),
  venv: join(root, ".venv"),
  python: join(root, ".venv", "bin", "python"),
  models: join(root, "data", "models"),
  raw: join(root, "data", "raw"),
};

/** A problem the user can solve: printed as one line, without a stack. */
export class SetupError extends Error {
  constructor(what, remedy) {
    super(`${what}. ${remedy}`);
    this.name = "SetupError";
  }
}

/** Caches that are kept in the clone while set-up runs, so that a cut one goes on, and removed when it is done. */
export const passingCaches = { npm_config_cache: join(paths.cache, "npm"), PIP_CACHE_DIR: join(paths.cache, "pip") };

/**
 * Environment for npm, pip and the tools they start: their caches stay in the clone unless it says where else. Below `npm run` it does:
 * npm names its own cache there, which then serves the next clone too.
 */
export function toolEnvironment(base = process.env) {
  const quiet = { PIP_DISABLE_PIP_VERSION_CHECK: "1", npm_config_update_notifier: "false", npm_config_fund: "false" };
  return { ...passingCaches, ...base, ...quiet };
}
