import { rmSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { passingCaches, paths, SetupError, toolEnvironment } from "./project.mjs";
import { Report } from "./report.mjs";
import * as requirements from "./requirements.mjs";
import { stopRunning } from "./run.mjs";
import { allSteps } from "./steps.mjs";
import { clearStamp, isStamped, writeStamp } from "./stamps.mjs";

/**
 * Brings the clone to where every command works; returns at once where it is there already.
 *
 * @throws {SetupError} one line and its remedy
 */
export async function setUp(machine = requirements.machine) {
  requirements.checkPlatform(machine);
  requirements.checkWritable(machine);
  const onWait = () => console.log("Another set-up is running in this clone: waiting for it.");
  await withLock(join(paths.stamps, "lock"), () => bringAbout(allSteps(), machine, toolEnvironment()), onWait);
}

async function bringAbout(steps, machine, env) {
  const pending = pendingSteps(steps);
  if (pending.length === 0) return;
  const python = checkWhatIsNeeded(pending, machine, env);
  const report = new Report();
  report.announce(pending, env);
  try {
    await runAll(pending, { env, python: () => python }, report);
    for (const folder of Object.values(passingCaches)) rmSync(folder, { recursive: true, force: true });
    report.close("Set-up finished");
  } catch (error) {
    stopRunning();
    report.close();
    throw error;
  }
}

/** A step is to be done if it is not stamped, or follows one that is to be done. */
export function pendingSteps(steps) {
  const names = new Set();
  for (const step of steps) {
    if (step.after.some((name) => names.has(name)) && !isIndependent(step, names)) names.add(step.name);
    else if (!isDone(step)) names.add(step.name);
  }
  return steps.filter(({ name }) => names.has(name));
}

// Wheels only need some Python with pip while they are fetched: a new environment does not undo them.
function isIndependent(step, pending) {
  return step.adopt !== undefined && step.after.every((name) => name === "venv" || !pending.has(name));
}

function isDone(step) {
  if (step.isDone) return step.isDone();
  try {
    return isStamped(step.name, step.key(), step.outputs);
  } catch {
    // The key is made from files that an earlier step has yet to bring.
    return false;
  }
}

function checkWhatIsNeeded(pending, machine, env) {
  const names = new Set(pending.map(({ name }) => name));
  const python = names.has("venv") ? requirements.findPython(machine).name : undefined;
  if (names.has("binding")) requirements.checkCompiler(machine);
  requirements.checkDisk(
    pending.reduce((sum, { disk = 0 }) => sum + disk, 0),
    machine,
  );
  if (names.has("packages")) {
    requirements.checkNpm(machine);
    if (env.npm_config_offline !== "true") requirements.checkNetwork(machine);
  }
  return python;
}

/** Starts every step as soon as those it needs are done; the first failure ends all. */
async function runAll(pending, context, report) {
  const finished = new Map();
  for (const step of pending) {
    const needed = step.after.map((name) => finished.get(name));
    finished.set(
      step.name,
      Promise.all(needed).then(() => runOne(step, context, report)),
    );
  }
  await Promise.all(finished.values());
}

async function runOne(step, context, report) {
  report.begin(step);
  clearStamp(step.name);
  const adopted = step.adopt ? await step.adopt() : false;
  if (!adopted) await step.run({ ...context, onBytes: (bytes) => report.bytes(step, bytes) });
  writeStamp(step.name, step.key(), step.outputs);
  report.end(step, adopted);
}

/** Runs set-up for a command: a problem becomes one line and exit code 1, an interrupt exit code 130. */
export async function setUpOrExit() {
  const interrupt = () => {
    stopRunning();
    console.error("Set-up was interrupted: run the command again to continue.");
    process.exit(130);
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  try {
    await setUp();
  } catch (error) {
    stopRunning();
    console.error(error instanceof SetupError ? error.message : error);
    process.exit(1);
  }
  process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
}
