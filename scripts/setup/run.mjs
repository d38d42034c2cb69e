import { spawn, spawnSync } from "node:child_process";
import { SetupError } from "./project.mjs";

const unreachable =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|NewConnectionError|NameResolutionError|Failed to establish a new connection|Network is unreachable|ConnectTimeoutError|ProxyError|No matching distribution found/;
const full = /ENOSPC|No space left on device/;

/** Children that are running, so that an interrupted set-up leaves none behind. */
const running = new Set();

/** Runs a program; resolves to its output, rejects with one line and the end of what it said. */
export function run(title, command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    let said = "";
    const hear = (piece) => {
      said = (said + piece).slice(-20_000);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", (error) => {
      running.delete(child);
      reject(new SetupError(`Cannot start ${command} for ${title}: ${error.message}`, "Install it and run again"));
    });
    child.on("close", (code, signal) => {
      running.delete(child);
      if (code === 0) resolve(said);
      else reject(failure(title, signal ?? `exit code ${code}`, said));
    });
  });
}

/** Stops what set-up started. */
export function stopRunning() {
  for (const child of running) child.kill("SIGTERM");
}

/** Runs a short program and waits; `status` is null where it does not exist. */
export function probe(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", timeout: 30_000 });
  return { status, output: `${stdout ?? ""}${stderr ?? ""}` };
}

/** Turns a program's failure into the line the user needs. */
export function failure(title, how, said) {
  if (full.test(said))
    return new SetupError(`No space left on the disk while setting up ${title}`, "Free some and run again");
  if (unreachable.test(said)) {
    return new SetupError(
      `Cannot download ${title}: the package registry cannot be reached`,
      "Check the network, proxy and pip or npm settings (offline use: environment.md), then run again",
    );
  }
  const tail = said.trim().split("\n").slice(-15).join("\n");
  return new SetupError(`Cannot set up ${title} (${how})`, `Its last lines:\n${tail}`);
}
