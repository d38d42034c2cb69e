import { cpus, release, totalmem } from "node:os";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { processorName } from "reclm/core";
import { root } from "../scripts/setup/project.mjs";

const folder = join(root, "results", "bench");

function versionOf(name) {
  return JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
}

/** What measurements are made on. */
export function machine() {
  return {
    cpu: `${processorName()}, ${cpus().length} cores`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `Linux ${release()}`,
    versions: { node: process.versions.node, "node-llama-cpp": versionOf("node-llama-cpp") },
  };
}

/** When, on what and from what a case was measured. */
export function stamp() {
  const git = (...args) => spawnSync("git", args, { cwd: root, encoding: "utf8" }).stdout.trim();
  const changed = git("status", "--porcelain", "--", "lib", "bench") === "" ? "" : " with changes";
  const { cpu, memoryGb, system } = machine();
  const commit = `${git("rev-parse", "--short", "HEAD")}${changed}`;
  return { date: new Date().toISOString().slice(0, 16), commit, cpu, memoryGb, system };
}

/** Load averages seen in rounds: "1.2-3.4". */
export function loadText(rounds) {
  const seen = rounds.map(({ load }) => load);
  return `${Math.min(...seen).toFixed(1)}-${Math.max(...seen).toFixed(1)}`;
}

/** The cases measured so far, a new result in the place of an older one of the same processor, in the order of `cases`. */
export function mergeCases(suite, nameOf, cases, result) {
  const path = join(folder, `${suite}.json`);
  const known = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).cases : [];
  const byKey = new Map([...known, result].map((one) => [`${one.cpu}: ${one.name}`, one]));
  const order = cases.map(nameOf);
  return [...byKey.values()]
    .filter(({ name }) => order.includes(name))
    .sort((left, right) => order.indexOf(left.name) - order.indexOf(right.name));
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

/** A table for each processor that cases were measured on, and what else is to be known of them. */
export function tablesByProcessor(header, cases, rowOf) {
  const processors = [...new Set(cases.map(({ cpu }) => cpu))].sort();
  const sections = processors.map((cpu) => {
    const own = cases.filter((one) => one.cpu === cpu);
    return `## ${cpu}\n\n${table(header, own.map(rowOf))}\n\n${footer(own)}`;
  });
  return [
    ...sections,
    "Load is the machine's load average at the rounds: one side at work makes up to its threads, more means that other work went on.",
  ].join("\n\n");
}

function footer(cases) {
  const different = (values) => [...new Set(values)].join(", ");
  const dates = cases.map(({ date }) => date.slice(0, 10)).sort();
  const versions = Object.entries(cases.at(-1).versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${dates[0]} to ${dates.at(-1)}, commits ${different(cases.map(({ commit }) => commit))}; ${cases[0].memoryGb} GB, ` +
      `${different(cases.map(({ system }) => system))}; threads a side: ${different(cases.map(({ threads }) => threads))}.`,
    `${versions.join(", ")}.`,
  ].join("\n");
}
