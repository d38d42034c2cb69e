// Seconds and peak memory of neighbours at MIND's size: all users, and by history where RECLM_CLONE names a clone.
// Usage: node bench/recommenders/neighbours.mjs [USERS]   (default 57,128; needs a built lib)
// Writes results/bench/neighbours.json and .md. Vectors are random: the time does not depend on them.
import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus, loadavg, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const script = fileURLToPath(import.meta.url);
const root = dirname(dirname(dirname(script)));
const [width, k] = [32, 5];

if (process.argv[2] === "--measure") await measure(process.argv[3], Number(process.argv[4]));
else await main(Number(process.argv[2] ?? 57_128));

async function main(users) {
  const record = { users, width, k, all: inOwnProcess("all", users) };
  if (process.env.RECLM_CLONE) record.byHistory = inOwnProcess("histories", users);
  Object.assign(record, {
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0],
    node: process.version,
    commit: spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).stdout.trim(),
    date: new Date().toISOString().slice(0, 10),
  });
  const out = join(root, "results", "bench");
  await mkdir(out, { recursive: true });
  await writeFile(join(out, "neighbours.json"), `${JSON.stringify(record, null, 2)}\n`);
  await writeFile(join(out, "neighbours.md"), markdown(record));
  console.log(markdown(record));
}

function inOwnProcess(what, users) {
  const child = spawnSync(process.execPath, [script, "--measure", what, String(users)], { encoding: "utf8" });
  if (child.status !== 0) throw new Error(`Cannot measure ${what}: ${child.stderr}`);
  return JSON.parse(child.stdout);
}

async function measure(what, users) {
  const { prngOf, randomNormal, matrixOf } = require("reclm/core");
  const { equalHistories, readRecLm, recLmSplit } = require("reclm/data");
  const { mostSimilarHistories, mostSimilarUsers } = require("reclm/recommenders");
  const histories = what === "all" ? undefined : recLmSplit(await readRecLm("mind")).train;
  const rows = histories?.rows ?? users;
  const prng = prngOf(1, "neighbour bench");
  const vectors = matrixOf(
    rows,
    width,
    Float32Array.from({ length: rows * width }, () => randomNormal(prng)),
  );
  const [started, before] = [performance.now(), process.cpuUsage()];
  await (histories ? mostSimilarHistories(vectors, histories, k) : mostSimilarUsers(vectors, k));
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(
    JSON.stringify({
      rows: histories ? equalHistories(histories).firstUsers.length : rows,
      seconds: (performance.now() - started) / 1000,
      cpuSeconds: (user + system) / 1e6,
      peakMegabytes: process.resourceUsage().maxRSS / 1024,
    }),
  );
}

function markdown(record) {
  const line = (what, { rows, seconds, cpuSeconds, peakMegabytes }) =>
    `| ${what} | ${rows.toLocaleString("en")} | ${seconds.toFixed(1)} | ${cpuSeconds.toFixed(1)} | ${Math.round(peakMegabytes)} |`;
  return [
    "# Neighbours",
    "",
    `Made by \`node bench/recommenders/neighbours.mjs\`: the ${record.k} most similar of all by cosine, vectors of ${record.width} numbers, one thread.`,
    "",
    "| compared | rows | seconds | CPU seconds | peak MB |",
    "| --- | ---: | ---: | ---: | ---: |",
    line("all users (`mostSimilarUsers`)", record.all),
    ...(record.byHistory ? [line("MIND's histories (`mostSimilarHistories`)", record.byHistory)] : []),
    "",
    `${record.cores} cores, ${record.memoryGigabytes} GB, load ${record.load.toFixed(1)} while it ran; Node ${record.node}, ` +
      `commit ${record.commit}, ${record.date}.`,
    "",
  ].join("\n");
}
