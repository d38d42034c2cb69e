import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./project";

const minutes = 60_000;

/** Every command in the fenced sh blocks of README.md, without comments, prompts and repetitions. */
function readmeCommands(): readonly string[] {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const blocks = [...text.matchAll(/^```(?:sh|bash|shell)\n([\s\S]*?)^```/gm)].map(([, block]) => block!);
  const lines = blocks.flatMap((block) => block.replace(/\\\n\s*/g, " ").split("\n"));
  const commands = lines.flatMap((line) => line.replace(/(^|\s)#.*$/, "").split("&&"));
  return [...new Set(commands.map((command) => command.replace(/^\s*\$ /, "").trim()))].filter((text) => text !== "");
}

/** The same command with the preset of seconds instead of minutes or hours. */
function withSmokePreset(command: string): string {
  const bare = command.replace(/\s--preset[ =]\S+/, "");
  return `${bare}${/\s--(\s|$)/.test(bare) ? "" : " --"} --preset smoke`;
}

function start(command: string): ChildProcess & { said: string } {
  const child = spawn("bash", ["-c", command], { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const listening = Object.assign(child, { said: "" });
  const hear = (piece: Buffer) => void (listening.said += piece.toString());
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  return listening;
}

function stop(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, signal);
}

async function runToEnd(command: string): Promise<void> {
  const child = start(command);
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 0, `${command}\n${child.said.slice(-3000)}`);
}

async function runUntilItAnswers(command: string): Promise<void> {
  const child = start(command);
  try {
    const address = await addressOf(child, Date.now() + 2 * minutes);
    const response = await fetch(address);
    assert.equal(response.status, 200);
    assert.match(await response.text(), /jupyter/i);
  } finally {
    stop(child, "SIGINT");
  }
  const kill = setTimeout(() => stop(child, "SIGKILL"), 20_000);
  await once(child, "exit");
  clearTimeout(kill);
}

/** Where JupyterLab says that it listens, once it answers there. */
async function addressOf(child: ChildProcess & { said: string }, deadline: number): Promise<string> {
  while (Date.now() < deadline && child.exitCode === null) {
    const address = /http:\/\/(?:127\.0\.0\.1|localhost):\d+\/lab\S*/.exec(child.said)?.[0];
    const answered = address && (await fetch(address).catch(() => undefined));
    if (answered) return address;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`Cannot reach JupyterLab: it said\n${child.said.slice(-3000)}`);
}

test("README names the two commands it is about", () => {
  const commands = readmeCommands().join("\n");
  assert.match(commands, /^npm run reproduce/m);
  assert.match(commands, /^npm start/m);
});

for (const command of readmeCommands()) {
  // Cloning is what brought this folder here; npm test is what runs this test.
  if (/^(git clone|cd|npm test)\b/.test(command)) continue;
  test(`README: ${command}`, { timeout: 15 * minutes }, async () => {
    assert.match(command, /^(npm|node) /, "Cannot run this command in a test: only npm and node are known");
    if (/^npm (run )?start\b/.test(command)) await runUntilItAnswers(command);
    else await runToEnd(/^npm run reproduce\b/.test(command) ? withSmokePreset(command) : command);
  });
}
