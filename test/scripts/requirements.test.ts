import assert from "node:assert/strict";
import { test } from "node:test";
import { script } from "./project";

interface Probe {
  readonly status: number | null;
  readonly output: string;
}

interface Machine {
  readonly platform?: string;
  readonly arch?: string;
  readonly node?: string;
  readonly glibc?: () => string | undefined;
  readonly probe?: (command: string, args: readonly string[]) => Probe;
  readonly freeBytes?: () => number;
  readonly isWritable?: (folder: string) => boolean;
}

interface Requirements {
  checkPlatform(machine: Machine): void;
  findPython(machine: Machine, chosen?: string): { readonly name: string; readonly version: string };
  checkCompiler(machine: Machine): void;
  checkNpm(machine: Machine): void;
  checkNetwork(machine: Machine): void;
  checkDisk(needed: number, machine: Machine): void;
  checkWritable(machine: Machine): void;
}

const load = () => script<Requirements>("setup/requirements.mjs");
const linux: Machine = { platform: "linux", arch: "x64", node: "20.19.0", glibc: () => "2.36" };
const nothing = (): Probe => ({ status: null, output: "" });

/** A machine whose programs answer as stated, by the start of their command line. */
function programs(answers: Readonly<Record<string, Probe>>): Machine {
  return {
    probe: (command, args) => {
      const line = [command, ...args].join(" ");
      const found = Object.entries(answers).find(([start]) => line.startsWith(start));
      return found ? found[1] : nothing();
    },
  };
}

const oneLine = (pattern: RegExp) => (error: Error) => {
  assert.equal(error.name, "SetupError");
  assert.match(error.message, pattern);
  assert.equal(error.message.split("\n").length, 1);
  return true;
};

test("checkPlatform() accepts the supported versions of Node and no others", async () => {
  const { checkPlatform } = await load();
  for (const node of ["20.19.0", "20.20.2", "22.12.0", "24.0.0"]) checkPlatform({ ...linux, node });
  for (const node of ["18.20.0", "20.18.3", "22.11.0", "21.7.0", "23.5.0", "25.0.0"]) {
    assert.throws(() => checkPlatform({ ...linux, node }), oneLine(/Node \S+\. Install Node 20\.19 or later/));
  }
});

test("checkPlatform() names a way out on another system, architecture or C library", async () => {
  const { checkPlatform } = await load();
  assert.throws(() => checkPlatform({ ...linux, platform: "darwin" }), oneLine(/darwin x64.*WSL.*container/));
  assert.throws(() => checkPlatform({ ...linux, arch: "arm64" }), oneLine(/linux arm64/));
  assert.throws(() => checkPlatform({ ...linux, glibc: () => undefined }), oneLine(/does not use glibc/));
  assert.throws(() => checkPlatform({ ...linux, glibc: () => "2.17" }), oneLine(/glibc 2\.17 is older than 2\.27/));
});

test("findPython() takes the first supported version, also behind an unsupported default", async () => {
  const { findPython } = await load();
  const machine = programs({
    "python3 -c import sys": { status: 0, output: "3.9.2\n" },
    "python3.12 -c": { status: 0, output: "3.12.1\n" },
  });
  assert.deepEqual(findPython(machine, ""), { name: "python3.12", version: "3.12.1" });
});

test("findPython() passes over a Python without venv where a later one has it, and tells of the first where none has", async () => {
  const { findPython } = await load();
  const bare = {
    "python3 -c import venv": { status: 1, output: "No module named ensurepip" },
    "python3 -c import sys": { status: 0, output: "3.13.1\n" },
    "python3.12 -c import venv": { status: 1, output: "No module named venv" },
    "python3.12 -c import sys": { status: 0, output: "3.12.4\n" },
  };
  const machine = programs({ ...bare, "python3.11 -c": { status: 0, output: "3.11.2\n" } });
  assert.deepEqual(findPython(machine, ""), { name: "python3.11", version: "3.11.2" });
  assert.throws(() => findPython(programs(bare), ""), oneLine(/Python 3\.13\.1 lacks venv .*python3\.13-venv/));
});

test("findPython() says what is wrong: missing, too old, too new, without venv", async () => {
  const { findPython } = await load();
  assert.throws(() => findPython({ probe: nothing }, ""), oneLine(/Python is missing\. Install Python 3\.10/));
  const old = programs({ "python3 -c": { status: 0, output: "3.9.2\n" } });
  assert.throws(() => findPython(old, ""), oneLine(/Python 3\.9\.2 is not supported/));
  const recent = programs({ "python3 -c": { status: 0, output: "3.14.0\n" } });
  assert.throws(() => findPython(recent, ""), oneLine(/Python 3\.14\.0 is not supported/));
  const bare = programs({
    "python3 -c import venv": { status: 1, output: "No module named ensurepip" },
    "python3 -c import sys": { status: 0, output: "3.11.2\n" },
  });
  assert.throws(() => findPython(bare, ""), oneLine(/lacks venv or pip.*apt-get install python3\.11-venv/));
});

test("missing g++, npm and network each give one line with the remedy", async () => {
  const { checkCompiler, checkNpm, checkNetwork } = await load();
  assert.throws(
    () => checkCompiler({ probe: nothing }),
    oneLine(/g\+\+ is missing\. Install it.*apt-get install g\+\+/),
  );
  assert.throws(() => checkNpm({ probe: nothing }), oneLine(/npm is missing/));
  const failing = { probe: () => ({ status: 1, output: "ENOTFOUND" }) };
  assert.throws(
    () => checkNetwork(failing),
    oneLine(/registry cannot be reached\. Check the network.*environment\.md/),
  );
});

test("checkDisk() and checkWritable() compare with what is needed", async () => {
  const { checkDisk, checkWritable } = await load();
  checkDisk(2e9, { freeBytes: () => 2e9 });
  assert.throws(
    () => checkDisk(3.6e9, { freeBytes: () => 1.2e9 }),
    oneLine(/1\.2 GB are free here, 3\.6 GB are needed/),
  );
  assert.throws(() => checkWritable({ isWritable: () => false }), oneLine(/Cannot write to/));
});

test("a failed download is told from a full disk and from any other failure", async () => {
  const { failure } = await script<{ failure(title: string, how: string, said: string): Error }>("setup/run.mjs");
  const message = (said: string) => failure("JupyterLab", "exit code 1", said).message;
  assert.match(message("npm error code EAI_AGAIN"), /registry cannot be reached/);
  assert.match(message("OSError: [Errno 28] No space left on device"), /No space left on the disk/);
  assert.match(message("g++: fatal error: killed"), /exit code 1.*\n.*killed/s);
});
