// The whole experiment on the smoke preset, killed twice; its runs lie in folders of their own (RECLM_RUNS).
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { root, temporaryFolder } from "../scripts/project";
import { descendantsOf, isAlive } from "./processes";

const cli = join(root, "lib", "dist", "notebook", "reproduceCli.js");

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly said: string }>;
}

function start(runs: string, ...options: readonly string[]): Run {
  const env = { ...process.env, NODE_OPTIONS: "", RECLM_RUNS: runs };
  const words = [cli, "--preset", "smoke", ...options];
  const child = spawn(process.execPath, words, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (said += String(piece)));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, said }));
  return { child, ended };
}

async function finished(run: Run): Promise<string> {
  const { code, said } = await run.ended;
  assert.equal(code, 0, said.slice(-3000));
  return said;
}

/** Waits until a stage is being computed: its folder of partial work is there. */
async function computing(runs: string, stage: string, run: Run): Promise<void> {
  const folder = join(runs, "smoke", "seed-1", stage);
  while (!existsSync(folder) || !readdirSync(folder).some((name) => name.endsWith(".work"))) {
    if (run.child.exitCode !== null) assert.fail(`stage ${stage} was not seen at work: ${(await run.ended).said}`);
    await sleep(5);
  }
}

/** Finished stages, "name/hash", with what changes when one is written again. */
function finishedStages(runs: string): Readonly<Record<string, string>> {
  const folder = join(runs, "smoke", "seed-1");
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith("stage.json"));
  const marks = names.sort().map((name) => {
    const { ino, mtimeMs } = statSync(join(folder, name));
    return [name.replace(/.stage\.json$/, ""), `${ino} ${mtimeMs}`] as const;
  });
  return Object.fromEntries(marks);
}

/** What is made of measured times alone. */
const timings = /^(table-3\.|figures.(10-efficiency-|09-five-recommenders-3))/;

/** Every table and figure, by name, without what differs from run to run: the run record, timings, and the seconds that trainings took. */
function results(runs: string): Readonly<Record<string, string>> {
  const folder = join(runs, "smoke", "results");
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) =>
    /\.(md|csv|json|png)$/.test(name),
  );
  const own = names.filter((name) => name !== "run.json" && !timings.test(name)).sort();
  return Object.fromEntries(own.map((name) => [name, withoutSeconds(name, readFileSync(join(folder, name)))]));
}

function withoutSeconds(name: string, bytes: Buffer): string {
  if (name.endsWith(".json")) {
    const timeless = (key: string, value: unknown): unknown => (key === "seconds" ? undefined : value);
    return JSON.stringify(JSON.parse(bytes.toString("utf8")), timeless);
  }
  if (!name.endsWith(".csv")) return bytes.toString("base64");
  const rows = bytes.toString("utf8").trimEnd().split("\n");
  assert.match(rows[0]!, /,seconds$/, "the last column tells the seconds of each training");
  return rows.map((row) => row.replace(/,[^,]*$/, "")).join("\n");
}

async function allEnded(pids: readonly number[], milliseconds: number): Promise<void> {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline && pids.some(isAlive);) await sleep(100);
  assert.deepEqual(pids.filter(isAlive), [], "processes that outlived the killed command");
}

test("killed twice and run again, the experiment ends with the tables of an undisturbed run", async (t) => {
  const whole = temporaryFolder(t);
  const torn = temporaryFolder(t);
  const undisturbed = finished(start(whole));

  // The command alone dies, in the middle of the tuning: its kernel stops by itself.
  const first = start(torn);
  await computing(torn, "gpt-kd", first);
  const orphans = descendantsOf(first.child.pid!);
  assert.ok(orphans.length >= 2, "the notebook runner and its kernel");
  first.child.kill("SIGKILL");
  await first.ended;
  await allEnded(orphans, 90_000);
  const kept = finishedStages(torn);
  assert.deepEqual(
    Object.keys(kept).map((name) => name.split(/[\\/]/)[0]),
    ["data", "instructions", "neighbours"],
  );

  // Everything dies at once, in the middle of the writing of profiles.
  const second = start(torn, "--notebook", "04", "--notebook", "05");
  await computing(torn, "profiles", second);
  for (const pid of [second.child.pid!, ...descendantsOf(second.child.pid!)]) process.kill(pid, "SIGKILL");
  await second.ended;
  const keptSince = finishedStages(torn);
  for (const [name, mark] of Object.entries(kept)) assert.equal(keptSince[name], mark, `${name} was computed again`);
  assert.ok(Object.keys(keptSince).some((name) => name.startsWith("gpt-kd")));
  assert.ok(!Object.keys(keptSince).some((name) => name.startsWith("profiles")));

  const said = await finished(start(torn));
  await undisturbed;
  const after = finishedStages(torn);
  for (const [name, mark] of Object.entries(keptSince)) assert.equal(after[name], mark, `${name} was computed again`);
  assert.deepEqual(Object.keys(after), Object.keys(finishedStages(whole)), "stages and the hashes of their inputs");
  const expected = results(whole);
  assert.ok(Object.keys(expected).length > 10, "tables and figures");
  assert.deepEqual(Object.keys(results(torn)), Object.keys(expected));
  for (const [name, content] of Object.entries(results(torn))) assert.ok(content === expected[name], `${name} differs`);
  assert.match(said, /^Table 1\n/m);

  // A second complete run computes nothing.
  const again = await finished(start(torn));
  assert.deepEqual(finishedStages(torn), after);
  assert.deepEqual(results(torn), expected);
  assert.match(again, /^Table 1\n/m);
  const left = (readdirSync(join(torn, "smoke"), { recursive: true }) as string[]).filter((name) =>
    /\.(work|partial)([\\/]|$)/.test(name),
  );
  assert.deepEqual(left, [], "partial work is gone");
});

test("a notebook that fails names notebook, cell, line and error, keeps what it made, and exits with 1", async (t) => {
  const runs = temporaryFolder(t);
  const { code, said } = await start(runs, "--notebook", "04").ended;
  assert.equal(code, 1, said);
  const place =
    /04-tuning\.ipynb, cell (\d+), line (\d+): MissingInputError: Cannot find .* run notebook 0[123]-\w+ first/;
  const [, cell, line] = (place.exec(said) ?? assert.fail(said)).map(Number);
  assert.match(said, /The partial notebook is \S*04-tuning\.ipynb; finished stages are kept: run the command again/);
  const partial = join(runs, "smoke", "notebooks", "04-tuning.ipynb");
  const { cells } = JSON.parse(readFileSync(partial, "utf8")) as {
    readonly cells: readonly {
      readonly cell_type: string;
      readonly execution_count: number | null;
      readonly source: string[];
    }[];
  };
  const codes = cells.filter(({ cell_type: kind }) => kind === "code");
  assert.equal(codes[0]!.execution_count, 1, "what ran before the failure is kept");
  assert.equal(codes.at(-1)!.execution_count, null);
  assert.match(codes[cell! - 1]!.source[line! - 1]!, /\w/);
  assert.equal(existsSync(join(runs, "smoke", "results")), false, "no tables of half a run");
});
