import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../../scripts/setup/project.mjs";
import { benchPython } from "../python.mjs";

/** The recommenders against PyTorch; `filter` names the models, separated by commas. */
export async function run({ rounds, threads, filter }) {
  const models = filter === undefined ? [] : ["--models", filter];
  const args = ["--rounds", String(rounds), "--threads", String(threads), ...models];
  const env = { ...process.env, BENCH_PYTHON: process.env.BENCH_PYTHON ?? benchPython() };
  const script = join(root, "bench", "recommenders", "run.mjs");
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, env, stdio: "inherit" });
  if (status !== 0) throw new Error(`Cannot measure the recommenders: run.mjs ended with ${status}`);
}
