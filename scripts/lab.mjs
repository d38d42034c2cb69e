// npm start [-- JupyterLab options]: sets up, then opens JupyterLab on notebooks/ with the TypeScript kernel; Ctrl-C stops it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { runInForeground } from "./setup/foreground.mjs";
import { paths, root } from "./setup/project.mjs";
import { setUpOrExit } from "./setup/setUp.mjs";

await setUpOrExit();

const jupyter = (name) => join(paths.cache, "jupyter", name);
const env = {
  ...process.env,
  PATH: `${join(paths.venv, "bin")}:${process.env.PATH}`,
  VIRTUAL_ENV: paths.venv,
  JUPYTER_PATH: join(paths.venv, "share", "jupyter"),
  JUPYTER_PREFER_ENV_PATH: "1",
  JUPYTER_CONFIG_DIR: jupyter("config"),
  JUPYTER_DATA_DIR: jupyter("data"),
  JUPYTER_RUNTIME_DIR: jupyter("runtime"),
  JUPYTERLAB_SETTINGS_DIR: jupyter("settings"),
  JUPYTERLAB_WORKSPACES_DIR: process.env.JUPYTERLAB_WORKSPACES_DIR ?? jupyter("workspaces"),
  IPYTHONDIR: jupyter("ipython"),
};
const folder = join(root, "notebooks");
mkdirSync(folder, { recursive: true });
const hasScreen = process.stdin.isTTY && (process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
const given = process.argv.slice(2);
const args = ["-m", "jupyterlab", "--JupyterApp.answer_yes=True"];
if (!given.some((option) => option.startsWith("--ServerApp.root_dir"))) args.push(`--ServerApp.root_dir=${folder}`);
if (process.getuid() === 0) args.push("--allow-root");
if (!hasScreen && !given.includes("--no-browser")) args.push("--no-browser");
console.log("Starting JupyterLab on notebooks/: open the address below; Ctrl-C stops it.");
// Without a terminal an interrupt makes Jupyter leave its kernels behind; SIGTERM makes it stop them first.
const options = { cwd: root, env, interruptAs: "SIGTERM" };
process.exitCode = await runInForeground(paths.python, [...args, ...given], options);
