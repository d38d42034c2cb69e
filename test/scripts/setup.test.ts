import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root, runNode, script, temporaryFolder } from "./project";

interface Step {
  readonly name: string;
  readonly after: readonly string[];
  readonly outputs: readonly string[];
  readonly key: () => string;
  readonly isDone?: () => boolean;
  readonly adopt?: () => Promise<boolean>;
}

interface Stamps {
  isStamped(name: string, key: string, outputs: readonly string[], folder: string): boolean;
  writeStamp(name: string, key: string, outputs: readonly string[], folder: string): void;
}

interface SetUp {
  pendingSteps(steps: readonly Step[]): readonly Step[];
}

test("set-up takes under two seconds when everything is there", () => {
  runNode([join(root, "scripts", "setup.mjs")]);
  const started = Date.now();
  const { status, output } = runNode([join(root, "scripts", "setup.mjs")]);
  const seconds = (Date.now() - started) / 1000;
  assert.equal(status, 0, output);
  assert.match(output, /^Everything is in place/);
  assert.ok(seconds < 2, `${seconds} s`);
});

test("a stamp holds until the key or an output changes", async (t) => {
  const { isStamped, writeStamp } = await script<Stamps>("setup/stamps.mjs");
  const folder = temporaryFolder(t);
  const output = join(folder, "out");
  assert.equal(isStamped("step", "k", [output], folder), false);
  writeFileSync(output, "made");
  writeStamp("step", "k", [output], folder);
  assert.equal(isStamped("step", "k", [output], folder), true);
  assert.equal(isStamped("step", "other", [output], folder), false);
  writeFileSync(output, "changed since");
  assert.equal(isStamped("step", "k", [output], folder), false);
});

test("a step is done again when one it needs is, but a wheel is not fetched again for a new environment", async () => {
  const { pendingSteps } = await script<SetUp>("setup/setUp.mjs");
  const step = (name: string, after: readonly string[], done: boolean): Step => {
    return { name, after, outputs: [], key: () => "", isDone: () => done };
  };
  const steps = [
    step("venv", [], false),
    step("jupyter", ["venv"], true),
    { ...step("wheel", ["venv"], true), adopt: async () => true },
    step("binding", ["wheel"], true),
  ];
  assert.deepEqual(
    pendingSteps(steps).map(({ name }) => name),
    ["venv", "jupyter"],
  );
});

test("node_modules is compared with the lock file by content", async (t) => {
  const { packagesMatchLock } = await script<{ packagesMatchLock(folder: string): boolean }>("setup/packages.mjs");
  const folder = temporaryFolder(t);
  const write = (name: string, packages: object) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), JSON.stringify({ packages }));
  };
  const a = { version: "1.0.0", integrity: "sha512-a" };
  write("package-lock.json", { "": {}, "node_modules/a": a, "node_modules/b": { ...a, optional: true } });
  assert.equal(packagesMatchLock(folder), false);
  write("node_modules/.package-lock.json", { "node_modules/a": a });
  mkdirSync(join(folder, "node_modules", "reclm"));
  assert.equal(packagesMatchLock(folder), false);
  mkdirSync(join(folder, "node_modules", "a"));
  assert.equal(packagesMatchLock(folder), true);
  write("node_modules/.package-lock.json", { "node_modules/a": { ...a, version: "0.9.0" } });
  assert.equal(packagesMatchLock(folder), false);
});

test("packages that only the build needs, or a native part, are installed whatever npm is set to omit", async (t) => {
  const { installPackages } = await script<{ installPackages(env: NodeJS.ProcessEnv): Promise<void> }>(
    "setup/packages.mjs",
  );
  const folder = temporaryFolder(t);
  const asked = join(folder, "asked");
  writeFileSync(join(folder, "npm"), `#!/bin/sh\necho "$@" > '${asked}'\n`, { mode: 0o755 });
  const omitting = { ...process.env, NODE_ENV: "production", npm_config_omit: "dev\n\noptional" };
  await installPackages({ ...omitting, PATH: folder });
  const [command, ...flags] = readFileSync(asked, "utf8").trim().split(" ");
  assert.equal(command, "ci");
  // What npm makes of them.
  const omitted = (...given: readonly string[]): string =>
    spawnSync("npm", ["config", "get", "omit", ...given], {
      cwd: folder,
      env: omitting,
      encoding: "utf8",
    }).stdout.trim();
  assert.equal(omitted(), "dev,optional");
  assert.equal(omitted(...flags), "");
});

test("set-up says that npm's own cache, which npm run names, keeps packages outside the clone", async (t) => {
  const { toolEnvironment } = await script<{ toolEnvironment(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv }>(
    "setup/project.mjs",
  );
  const { Report } = await script<{
    Report: new () => { announce(steps: readonly object[], env: NodeJS.ProcessEnv): void; close(): void };
  }>("setup/report.mjs");
  const said: string[] = [];
  t.mock.method(console, "log", (line: string) => said.push(line));
  const report = new Report();
  t.after(() => report.close());
  const packages = { name: "packages", title: "npm packages", download: 2e6, disk: 3e6 };
  const belowNpm = toolEnvironment({ npm_config_cache: "/home/me/.npm" });
  report.announce([packages], belowNpm);
  report.announce([{ ...packages, name: "jupyter" }], belowNpm);
  report.announce([packages], toolEnvironment({}));
  const start = "It downloads about 2 MB and keeps about 3 MB in this folder";
  assert.deepEqual(
    said.filter((line) => line.startsWith("It")),
    [`${start}; npm keeps its downloads in /home/me/.npm too.`, `${start}.`, `${start}.`],
  );
  const { PIP_CACHE_DIR } = belowNpm;
  assert.ok(PIP_CACHE_DIR?.startsWith(root), "pip's stays in the clone");
});

test("set-up without any Python on the PATH ends with one line and exit code 1", (t) => {
  // A clone of the scripts alone: nothing is there, so everything is asked for.
  const folder = temporaryFolder(t);
  symlinkSync(join(root, "lib"), join(folder, "lib"));
  mkdirSync(join(folder, "bin"));
  const copy = runNode([
    "-e",
    `require("node:fs").cpSync(${JSON.stringify(join(root, "scripts"))}, ${JSON.stringify(join(folder, "scripts"))}, { recursive: true });`,
  ]);
  assert.equal(copy.status, 0, copy.output);
  const env = { ...process.env, PATH: join(folder, "bin"), RECLM_PYTHON: "" };
  const { status, output } = runNode([join(folder, "scripts", "setup.mjs")], env);
  assert.equal(status, 1);
  assert.match(output, /^Cannot set up JupyterLab: Python is missing\. Install Python 3\.10.*\n$/);
});
