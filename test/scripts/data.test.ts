import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cloneFolder, releasedClone } from "../data/recLmClone";
import { root, runNode, script, temporaryFolder } from "./project";

interface Clone {
  readonly repository: string;
  findClone(options: {
    readonly folder?: string;
    readonly raw: string;
    readonly env: NodeJS.ProcessEnv;
    readonly url?: string;
    readonly say?: (line: string) => void;
  }): string;
}

const bare = { PATH: process.env["PATH"], HOME: process.env["HOME"] };
const command = join(root, "scripts", "data.mjs");

/** A local repository with one commit that holds these files. */
function repositoryWith(folder: string, files: readonly string[]): string {
  const git = (...args: readonly string[]): void => {
    const child = spawnSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.equal(child.status, 0, child.stderr);
  };
  git("init", "--quiet");
  for (const file of files) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), "x");
  }
  git("add", ".");
  git("commit", "--quiet", "-m", "data");
  return `file://${folder}`;
}

test("the folder given comes first, then RECLM_CLONE, then the clone made before", async (t) => {
  const { findClone } = await script<Clone>("data/clone.mjs");
  const [a, b, raw] = [temporaryFolder(t), temporaryFolder(t), temporaryFolder(t)];
  for (const folder of [a, b, join(raw, "RecLM")]) mkdirSync(join(folder, "data"), { recursive: true });
  const env = { ...bare, RECLM_CLONE: b };
  assert.equal(findClone({ folder: a, raw, env }), a);
  assert.equal(findClone({ raw, env }), b);
  assert.equal(findClone({ raw, env: bare }), join(raw, "RecLM"));
  assert.throws(() => findClone({ folder: join(a, "no"), raw, env }), /Cannot find .*data: --clone must name the root/);
  assert.throws(() => findClone({ raw, env: { RECLM_CLONE: "/no" } }), /RECLM_CLONE must name the root/);
});

test("a repository is cloned once, whole or not at all", async (t) => {
  const { findClone, repository } = await script<Clone>("data/clone.mjs");
  assert.match(repository, /HKUDS\/RecLM/);
  const raw = temporaryFolder(t);
  const said: string[] = [];
  const options = { raw, env: bare, say: (line: string) => void said.push(line) };
  const url = repositoryWith(temporaryFolder(t), ["data/mind/a.pkl"]);
  const clone = findClone({ ...options, url });
  assert.ok(existsSync(join(clone, "data/mind/a.pkl")));
  assert.equal(said.length, 1);
  assert.equal(findClone({ ...options, url: "file:///nowhere" }), clone);
  const other = temporaryFolder(t);
  assert.throws(
    () => findClone({ ...options, raw: other, url: "file:///nowhere" }),
    /^Error: Cannot clone file:\/\/\/nowhere: [^\n]+\. Clone HKUDS\/RecLM elsewhere and set RECLM_CLONE to its folder\.$/,
  );
  const empty = repositoryWith(temporaryFolder(t), ["README.md"]);
  assert.throws(() => findClone({ ...options, raw: other, url: empty }), /it has no folder data\. Clone/);
  assert.throws(() => findClone({ ...options, raw: other, url, env: { PATH: other } }), /git is not installed\. Clone/);
  assert.deepEqual(readdirSync(other), []);
});

test("the command tells files, counts and what can be run; problems are one line", async (t) => {
  const clone = await cloneFolder(t, ["maskMat", "user_profile"]);
  const { status, output } = runNode([command, "mind", "--clone", clone], bare);
  assert.equal(status, 0, output);
  assert.match(output, /missing: data\/mind\/maskMat_zero\.pkl \(pairs left out of rankings\)/);
  assert.match(output, /differs {2}Table 4, users: 57,128, 5/);
  assert.match(output, /ok {7}training matrix and lists \(pairs\): 9, 9/);
  assert.match(output, /yes {2}the paper's split\n {9}5 users, 9 training and 6 test pairs\n/);
  assert.match(output, /no {3}the authors' profile embeddings, replayed: their files are missing/);
  const half = await cloneFolder(t, ["trnMat", "dict_train"]);
  assert.match(
    runNode([command, "mind", "--clone", half], bare).output,
    /yes {2}zero-shot items .*not the paper's protocol/,
  );
  for (const [args, code, reason] of [
    [["netflix", "--clone", clone], 1, /^Cannot find data\/netflix in .*\n$/],
    [
      ["mind", "--clone", "/no"],
      1,
      /^Cannot find \/no\/data: --clone must name the root of a clone of HKUDS\/RecLM\.\n$/,
    ],
    [["books"], 2, /^Cannot tell which data set is meant/],
    [["mind", "--cloned", "x"], 2, /^Cannot read the options: /],
  ] as const) {
    const run = runNode([command, ...args], bare);
    assert.equal(run.status, code, run.output);
    assert.match(run.output, reason);
  }
  assert.match(runNode([command, "--help"], bare).stdout, /npm run data -- mind\|netflix/);
});

const { root: released, skip } = releasedClone();

test("on the released data Table 4 holds for MIND", { skip }, () => {
  const { status, output } = runNode([command, "mind"], { ...bare, RECLM_CLONE: released });
  assert.equal(status, 0, output);
  assert.doesNotMatch(output, /differs/);
  assert.match(output, /57,128 users, 89,734 training and 87,974 test pairs/);
});
