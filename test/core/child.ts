import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { root } from "../scripts/project";

/** Runs code in a Node of its own until it prints something, then kills it with SIGKILL; resolves to what it printed. */
export async function killedOnceItSpeaks(code: string, ...values: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ["-e", code, ...values], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await Promise.race([once(child.stdout, "data"), once(child, "exit")])) as [unknown];
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  if (!Buffer.isBuffer(said)) throw new Error(`Cannot kill the child at work: it ended with code ${child.exitCode}`);
  return said.toString().trim();
}

/** Runs Node on code behind a shell's prelude (limits, mounts) and waits; resolves to what it said. */
export function behind(prelude: string, code: string, ...values: readonly string[]) {
  const words = ["-c", `${prelude}\nexec "$0" -e "$@"`, process.execPath, code, ...values];
  const { status, stdout, stderr } = spawnSync("bash", words, { cwd: root, encoding: "utf8", timeout: 60_000 });
  return { status, output: `${stdout}${stderr}` };
}
