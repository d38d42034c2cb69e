import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { requirementsFile } from "./assets.mjs";
import { sha256OfTexts } from "./hashing.mjs";
import { paths, root } from "./project.mjs";
import { run } from "./run.mjs";
import { writeWhole } from "./stamps.mjs";
import { sourceFlags } from "./wheels.mjs";

export const kernelFolder = join(paths.venv, "share", "jupyter", "kernels", "tslab");
const labSettings = join(paths.venv, "share", "jupyter", "lab", "settings", "overrides.json");

/** A virtual environment holds absolute paths: it is made anew where the clone was moved. */
export function venvKey() {
  return sha256OfTexts(root);
}

export function jupyterKey() {
  return sha256OfTexts(root, readFileSync(requirementsFile, "utf8"));
}

export function kernelKey() {
  return sha256OfTexts(root, process.execPath, launcher(), kernelSpec(), settings());
}

export async function createVenv(python, env) {
  rmSync(paths.venv, { recursive: true, force: true });
  await run("Python's virtual environment", python, ["-m", "venv", paths.venv], { env });
}

export async function installJupyter(env) {
  const flags = ["--only-binary=:all:", "--no-compile", "--progress-bar=off", ...sourceFlags(env)];
  await run("JupyterLab", paths.python, ["-m", "pip", "install", ...flags, "-r", requirementsFile], { env });
}

/** Registers the clone's own tslab inside the virtual environment, and closes JupyterLab's news prompt there. */
export function installKernel() {
  writeWhole(join(kernelFolder, "launch.sh"), launcher(), 0o755);
  writeWhole(join(kernelFolder, "kernel.json"), kernelSpec());
  writeWhole(labSettings, settings());
}

export const kernelFiles = [join(kernelFolder, "launch.sh"), join(kernelFolder, "kernel.json"), labSettings];

// The Node of set-up is preferred: the one on an editor's PATH may be another version, or none.
function launcher() {
  return `#!/bin/sh
node=${quoted(process.execPath)}
[ -x "$node" ] || node=node
exec "$node" --require ${quoted(join(root, "scripts", "runner", "orderly_sockets.cjs"))} ${quoted(join(root, "node_modules", "tslab", "bin", "tslab"))} kernel --config-path "$1"
`;
}

function kernelSpec() {
  const argv = ["/bin/sh", join(kernelFolder, "launch.sh"), "{connection_file}"];
  return `${JSON.stringify({ argv, display_name: "TypeScript", language: "typescript" }, null, 2)}\n`;
}

function settings() {
  const silent = { fetchNews: "false", checkForUpdates: false };
  return `${JSON.stringify({ "@jupyterlab/apputils-extension:notification": silent }, null, 2)}\n`;
}

function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
