// Times this project's recommenders against PyTorch: rounds alternate, one epoch (negatives included) or one full ranking
// with its metrics a turn. Writes results/bench/recommenders.{json,md}.
//
// Usage: node bench/recommenders/run.mjs [--models BiasMF,NCF,...] [--rounds 5] [--threads 2] [--synthetic USERS,ITEMS,PAIRS]
//        [--sides authors,vectorised] [--jobs epoch,rank] [--quick]
// Environment: RECLM_CLONE, a clone of HKUDS/RecLM (MIND's files; without it a synthetic set of MIND's size), and
// BENCH_PYTHON, a Python with torch 2.13, numpy and scipy (default: python3).
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { processorName } from "reclm/core";
import { Peer } from "../peer.mjs";
import { stamp } from "../report.mjs";
import { paperOrder, reportOf } from "./report.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const python = process.env.BENCH_PYTHON ?? "python3";
const { values: flags } = parseArgs({
  options: {
    models: { type: "string", default: paperOrder.join(",") },
    sides: { type: "string", default: "authors,vectorised" },
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    synthetic: { type: "string" },
    jobs: { type: "string", default: "epoch,rank" },
    quick: { type: "boolean", default: false },
  },
});
const contrastive = ["SGL", "SimGCL"];
const models = flags.models.split(",");
const folder = prepare();
const threads = Number(flags.threads);
const sides = { reclm: await Peer.start(process.execPath, [join(here, "worker.mjs")], { folder, threads }) };
for (const form of flags.sides.split(",").filter((name) => name !== "")) {
  sides[form] = await Peer.start(python, [join(here, "torch_models.py")], { folder, form, threads });
}
const measured = [];
try {
  for (const model of models) {
    for (const job of flags.jobs.split(",")) {
      await measure(model, job);
      write();
    }
  }
} finally {
  for (const side of Object.values(sides)) await side.stop();
}
console.log(`Wrote ${join("results", "bench", "recommenders.{json,md}")}.`);

/** Seconds, processor seconds and peak memory of each side, its turns alternating. */
async function measure(model, job) {
  // The authors' side takes minutes for these.
  const isSlow = job === "epoch" ? contrastive.includes(model) : model === "NCF";
  const rounds = flags.quick || isSlow ? 2 : Number(flags.rounds);
  const entry = { model, job, rounds, ...madeFrom(), sides: {} };
  for (const name of Object.keys(sides)) entry.sides[name] = { seconds: [], cpu: [], peakMB: 0 };
  for (let round = 0; round < rounds; round++) {
    for (const [name, side] of Object.entries(sides)) {
      const { seconds, cpu, peakMB, value } = await side.ask({ job, model });
      entry.sides[name].seconds.push(seconds);
      entry.sides[name].cpu.push(cpu);
      entry.sides[name].peakMB = Math.round(peakMB);
      entry.sides[name].value = value;
    }
  }
  measured.push(entry);
  const parts = Object.entries(entry.sides).map(([n, s]) => `${n} ${Math.min(...s.seconds).toFixed(2)} s`);
  console.log(`${model}, ${job}: ${parts.join(", ")}`);
}

function madeFrom() {
  const { commit, date } = stamp();
  return { commit, date };
}

/** The folder of the data that both sides read. */
function prepare() {
  const clone = process.env.RECLM_CLONE;
  const synthetic = flags.synthetic ?? (clone ? undefined : "57128,2386,89734");
  const name = synthetic ? `synthetic-${synthetic.replaceAll(",", "-")}` : "mind";
  const target = join(root, ".cache", "bench", name);
  if (!existsSync(join(target, "meta.json"))) {
    const args = synthetic ? ["synthetic", target, ...synthetic.split(",")] : ["mind", target];
    const { status } = spawnSync(python, [join(here, "prepare.py"), ...args], { stdio: "inherit" });
    if (status !== 0) throw new Error(`Cannot prepare ${name}: ${python} ended with ${status}`);
  }
  return target;
}

function write() {
  const target = join(root, "results", "bench");
  mkdirSync(target, { recursive: true });
  const path = join(target, "recommenders.json");
  const earlier = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { runs: [] };
  const meta = JSON.parse(readFileSync(join(folder, "meta.json"), "utf8"));
  const run = {
    data: folder.split("/").at(-1),
    ...meta,
    textValues: "seeded noise",
    threads,
    machine: { processor: processorName(), cores: cpus().length, node: process.version },
    measured,
  };
  const same = (other) =>
    other.data === run.data && other.threads === run.threads && other.machine.processor === run.machine.processor;
  const kept = (other) => other.measured.filter((e) => !measured.some((m) => m.model === e.model && m.job === e.job));
  const former = earlier.runs.find(same);
  run.measured = [...(former ? kept(former) : []), ...measured];
  const result = { runs: [...earlier.runs.filter((other) => !same(other)), run] };
  writeFileSync(path, `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(join(target, "recommenders.md"), reportOf(result));
}
