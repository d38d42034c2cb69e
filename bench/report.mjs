import { cpus, release, totalmem } from "node:os";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { root } from "../scripts/setup/project.mjs";

const folder = join(root, "results", "bench");

function versionOf(name) {
  return JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
}

/** What measurements are made on. */
export function machine() {
  const [cpu] = cpus();
  return {
    cpu: `${cpu.model.trim()}, ${cpus().length} cores`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `Linux ${release()}`,
    versions: { node: process.versions.node, "node-llama-cpp": versionOf("node-llama-cpp") },
  };
}

/** When and from what a case was measured. */
export function stamp() {
  const git = (...args) => spawnSync("git", args, { cwd: root, encoding: "utf8" }).stdout.trim();
  const changed = git("status", "--porcelain", "--", "lib", "bench") === "" ? "" : " with changes";
  return { date: new Date().toISOString().slice(0, 16), commit: `${git("rev-parse", "--short", "HEAD")}${changed}` };
}

/** Load averages seen in rounds: "1.2-3.4". */
export function loadText(rounds) {
  const seen = rounds.map(({ load }) => load);
  return `${Math.min(...seen).toFixed(1)}-${Math.max(...seen).toFixed(1)}`;
}

/** The cases measured so far, a new result in the place of an older one, in the order of `cases`. */
export function mergeCases(suite, nameOf, cases, result) {
  const path = join(folder, `${suite}.json`);
  const known = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).cases : [];
  const byName = new Map([...known, result].map((one) => [one.name, one]));
  return cases.flatMap((one) => byName.get(nameOf(one)) ?? []);
}

/** Writes a suite's results as JSON and Markdown to results/bench. */
export function publish(suite, data, markdown) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${suite}.json`), `${JSON.stringify(data, undefined, 1)}\n`);
  writeFileSync(join(folder, `${suite}.md`), markdown);
}

/** A Markdown table. */
export function table(header, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

/** The lines under a table that say what its cases were measured on. */
export function footer(cases) {
  const { cpu, memoryGb, system } = machine();
  const versions = Object.entries(cases.at(-1).versions).map(([name, version]) => `${name} ${version}`);
  const dates = cases.map(({ date }) => date.slice(0, 10)).sort();
  const commits = [...new Set(cases.map(({ commit }) => commit))];
  return [
    `${dates[0]} to ${dates.at(-1)}, commits ${commits.join(", ")}; ${cpu}, ${memoryGb} GB, ${system}; threads a side: ${[...new Set(cases.map(({ threads }) => threads))].join(", ")}.`,
    `Load is the machine's load average at the rounds: one side at work makes up to its threads, more means that other work went on.`,
    `${versions.join(", ")}.`,
  ].join("\n");
}
