import fs, { accessSync, constants, mkdirSync } from "node:fs";
import { paths, root, SetupError } from "./project.mjs";
import { probe } from "./run.mjs";

const pythonCandidates = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

/** What the checks ask of the machine; tests replace parts of it. */
export const machine = {
  platform: process.platform,
  arch: process.arch,
  node: process.versions.node,
  glibc: glibcVersion,
  probe,
  freeBytes: () => {
    // Not imported by name: an old Node has no such export, and would end here instead of at the line that refuses it.
    const { bavail, bsize } = fs.statfsSync(root);
    return bavail * bsize;
  },
  isWritable,
};

/** Checks that cost nothing and run every time. */
export function checkPlatform({ platform, arch, node, glibc } = machine) {
  const elsewhere = "Use WSL on Windows, or a Linux x64 container or virtual machine";
  if (platform !== "linux" || arch !== "x64") {
    throw new SetupError(`Cannot set up on ${platform} ${arch}: only Linux x64 is supported`, elsewhere);
  }
  const libc = glibc();
  if (libc === undefined) throw new SetupError("Cannot set up: this Linux does not use glibc", elsewhere);
  if (!atLeast(libc, "2.27")) throw new SetupError(`Cannot set up: glibc ${libc} is older than 2.27`, elsewhere);
  const [major, minor] = node.split(".").map(Number);
  if (!((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major === 24)) {
    throw new SetupError(`Cannot set up with Node ${node}`, "Install Node 20.19 or later, 22.12 or later, or 24");
  }
}

/** The first Python of a supported version that can make a virtual environment with pip. */
export function findPython({ probe } = machine, chosen = process.env.RECLM_PYTHON) {
  const found = [];
  let bare;
  for (const name of chosen ? [chosen] : pythonCandidates) {
    const { status, output } = probe(name, ["-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"]);
    const version = /^\d+\.\d+\.\d+/.exec(output.trim())?.[0];
    if (status !== 0 || !version) continue;
    found.push(version);
    const [major, minor] = version.split(".").map(Number);
    if (major !== 3 || minor < 10 || minor > 13) continue;
    if (probe(name, ["-c", "import venv, ensurepip"]).status === 0) return { name, version };
    bare ??= { version, packages: `python3.${minor}-venv` };
  }
  throw bare ? withoutVenv(bare) : withoutPython(found);
}

function withoutVenv({ version, packages }) {
  return new SetupError(
    `Cannot make a virtual environment: Python ${version} lacks venv or pip`,
    `Install them (Debian, Ubuntu: apt-get install ${packages})`,
  );
}

function withoutPython(found) {
  const what = found.length > 0 ? `Python ${[...new Set(found)].join(", ")} is not supported` : "Python is missing";
  const how = "Install Python 3.10, 3.11, 3.12 or 3.13 with venv, or name one in RECLM_PYTHON";
  return new SetupError(`Cannot set up JupyterLab: ${what}`, how);
}

/** The C++ compiler builds the one native part, TensorFlow's binding. */
export function checkCompiler({ probe } = machine) {
  if (probe("g++", ["--version"]).status === 0) return;
  throw new SetupError(
    "Cannot build TensorFlow's binding: g++ is missing",
    "Install it (Debian, Ubuntu: apt-get install g++)",
  );
}

/** npm comes with Node, but some distributions package it apart. */
export function checkNpm({ probe } = machine) {
  if (probe("npm", ["--version"]).status === 0) return;
  throw new SetupError("Cannot install packages: npm is missing", "Install it (Debian, Ubuntu: apt-get install npm)");
}

/** Asks the registry for one small answer, through whatever proxy or mirror npm is set to. */
export function checkNetwork({ probe } = machine) {
  const flags = ["--fetch-retries=0", "--fetch-timeout=15000", "--prefer-online"];
  if (probe("npm", ["view", "empty-npm-package@1.0.0", "version", ...flags]).status === 0) return;
  throw new SetupError(
    "Cannot download packages: the package registry cannot be reached",
    "Check the network, proxy and npm settings (offline use: environment.md), then run again",
  );
}

/** Space for the downloads, and for what they unpack to. */
export function checkDisk(needed, { freeBytes } = machine) {
  const free = freeBytes();
  if (free >= needed) return;
  const gb = (bytes) => (bytes / 1e9).toFixed(1);
  throw new SetupError(`Cannot set up: ${gb(free)} GB are free here, ${gb(needed)} GB are needed`, "Free some space");
}

/** Whether the clone can be written. */
export function checkWritable({ isWritable } = machine) {
  if (!isWritable(root)) throw new SetupError(`Cannot write to ${root}`, "Clone to a folder of your own");
  mkdirSync(paths.stamps, { recursive: true });
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function glibcVersion() {
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime;
}

function atLeast(version, least) {
  const [a, b] = [version, least].map((text) => text.split(".").map(Number));
  return a[0] > b[0] || (a[0] === b[0] && a[1] >= b[1]);
}
