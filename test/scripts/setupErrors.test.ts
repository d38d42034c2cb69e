// Set-up as people meet it: a bare clone on a machine that lacks one thing. Programs are stand-ins on the PATH; what Node
// itself says of the machine is replaced before the script starts.
import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { root, runNode, temporaryFolder } from "./project";

/** Shell scripts by name, each a program on the PATH. */
type Programs = Readonly<Record<string, string>>;

const python = (version: string, venv = "exit 0"): string =>
  `case "$2" in "import sys"*) echo ${version};; *ensurepip*) ${venv};; *) exit 1;; esac`;

/** Everything set-up asks for, except what it would download. */
const complete: Programs = {
  python3: python("3.11.2"),
  "g++": "echo g++ 12",
  npm: '[ "$1" = --version ] && echo 10.0.0 || { echo ENOTFOUND >&2; exit 1; }',
};

const without = (name: string): Programs =>
  Object.fromEntries(Object.entries(complete).filter(([program]) => program !== name));

interface Case {
  readonly programs?: Programs;
  /** JavaScript that runs before the script. */
  readonly before?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly line: RegExp;
}

const value = (object: string, name: string, text: string): string =>
  `Object.defineProperty(${object}, ${JSON.stringify(name)}, { value: ${text} });`;

const cases: Readonly<Record<string, Case>> = {
  "another system": {
    before: value("process", "platform", '"darwin"'),
    line: /^Cannot set up on darwin x64: only Linux x64 is supported\. Use WSL on Windows, or a Linux x64 container/,
  },
  "another architecture": {
    before: value("process", "arch", '"arm64"'),
    line: /^Cannot set up on linux arm64: only Linux x64 is supported\. Use WSL/,
  },
  "another C library": {
    before: value("process.report", "getReport", "() => ({ header: {} })"),
    line: /^Cannot set up: this Linux does not use glibc\. Use WSL/,
  },
  "an old Node": {
    before: value("process.versions", "node", '"18.20.4"'),
    line: /^Cannot set up with Node 18\.20\.4\. Install Node 20\.19 or later, 22\.12 or later, or 24$/,
  },
  "no Python": {
    programs: without("python3"),
    line: /^Cannot set up JupyterLab: Python is missing\. Install Python 3\.10, .* or name one in RECLM_PYTHON$/,
  },
  "an old Python": {
    programs: { ...complete, python3: python("3.9.2") },
    line: /^Cannot set up JupyterLab: Python 3\.9\.2 is not supported\. Install Python 3\.10/,
  },
  "a named Python that is none": {
    environment: { RECLM_PYTHON: "/nowhere/python" },
    line: /^Cannot set up JupyterLab: Python is missing\. .*RECLM_PYTHON$/,
  },
  "no venv or pip": {
    programs: { ...complete, python3: python("3.12.3", "echo No module named ensurepip >&2; exit 1") },
    line: /^Cannot make a virtual environment: Python 3\.12\.3 lacks venv or pip\. Install them \(.*python3\.12-venv\)$/,
  },
  "no g++": {
    programs: without("g++"),
    line: /^Cannot build TensorFlow's binding: g\+\+ is missing\. Install it \(Debian, Ubuntu: apt-get install g\+\+\)$/,
  },
  "a full disk": {
    before: value("require('node:fs')", "statfsSync", "() => ({ bavail: 250000, bsize: 4096 })"),
    line: /^Cannot set up: 1\.0 GB are free here, \d\.\d GB are needed\. Free some space$/,
  },
  "no npm": {
    programs: without("npm"),
    line: /^Cannot install packages: npm is missing\. Install it \(Debian, Ubuntu: apt-get install npm\)$/,
  },
  "no network": {
    line: /^Cannot download packages: the package registry cannot be reached\. Check the network, proxy and npm settings/,
  },
};

/** A clone with nothing installed, and a folder that is the whole PATH. */
function bareClone(t: TestContext, programs: Programs): { readonly folder: string; readonly bin: string } {
  const folder = temporaryFolder(t);
  const bin = join(folder, "bin");
  mkdirSync(bin);
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  symlinkSync(join(root, "lib"), join(folder, "lib"));
  cpSync(join(root, "scripts"), join(folder, "scripts"), { recursive: true });
  return { folder, bin };
}

for (const [what, { programs = complete, before = "", environment = {}, line }] of Object.entries(cases)) {
  test(`${what}: every command ends with one line, its remedy, and exit code 1`, (t) => {
    const { folder, bin } = bareClone(t, programs);
    const preload = join(folder, "before.cjs");
    writeFileSync(preload, `${before}\nrequire("node:module").syncBuiltinESMExports();\n`);
    const env = {
      ...process.env,
      NODE_OPTIONS: "",
      RECLM_PYTHON: "",
      npm_config_offline: "",
      PATH: bin,
      ...environment,
    };
    for (const command of ["setup.mjs", "reproduce.mjs"]) {
      const { status, stdout, output } = runNode(["--require", preload, join(folder, "scripts", command)], env);
      assert.equal(status, 1, output);
      assert.equal(stdout, "", "nothing was begun");
      assert.match(output, /^[^\n]*\n$/, "one line");
      assert.match(output.trimEnd(), line);
    }
  });
}

test("make is not asked for: one call of g++ builds the one native part", (t) => {
  const { folder, bin } = bareClone(t, { ...complete, make: "exit 1" });
  const env = { ...process.env, NODE_OPTIONS: "", RECLM_PYTHON: "", npm_config_offline: "", PATH: bin };
  const { output } = runNode([join(folder, "scripts", "setup.mjs")], env);
  assert.match(output, /registry cannot be reached/, "set-up got as far as the network");
});
