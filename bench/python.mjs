import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashBytes } from "reclm/core";
import { paths, root } from "../scripts/setup/project.mjs";

const venv = join(root, "bench", ".venv");
const requirements = join(root, "bench", "requirements.txt");
const stamp = join(venv, "requirements.sha256");

/** The Python of the bench's own environment, made at first use and again when the requirements change. */
export function benchPython() {
  const python = join(venv, "bin", "python");
  const wanted = hashBytes(readFileSync(requirements, "utf8"));
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return python;
  console.log("Making bench/.venv (PyTorch, transformers, PEFT): once, some minutes");
  if (!existsSync(python)) run(paths.python, "-m", "venv", venv);
  // PyTorch first and alone: what the others ask for is then satisfied by that version, not by the newest.
  const lines = readFileSync(requirements, "utf8").trim().split("\n");
  run(python, "-m", "pip", "install", "--quiet", "--no-compile", ...lines.filter((line) => line.startsWith("torch==")));
  run(python, "-m", "pip", "install", "--quiet", "--no-compile", "-r", requirements);
  writeFileSync(stamp, wanted);
  return python;
}

function run(command, ...args) {
  const env = { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: "1" };
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], env });
  if (status !== 0)
    throw new Error(`Cannot make bench/.venv: ${error?.message ?? `${command} ${args.join(" ")} failed`}`);
}
