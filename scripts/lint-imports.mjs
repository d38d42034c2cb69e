// Checks that lib's rooms import each other only along the arrows of the design, and that only lib/notebook knows tslab.
// Usage: node scripts/lint-imports.mjs [LIB_FOLDER]
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { filesBelow } from "./setup/hashing.mjs";
import { root } from "./setup/project.mjs";

/** Each room's neighbours one arrow back; what those may import, it may import too. */
const arrows = {
  core: [],
  data: ["core"],
  metrics: ["data"],
  recommenders: ["metrics"],
  llm: ["core"],
  prompts: ["llm", "data"],
  tuning: ["prompts"],
  profiles: ["tuning", "data"],
  experiment: ["recommenders", "profiles"],
  figures: ["experiment"],
  notebook: ["figures"],
};

const folder = resolve(process.argv[2] ?? join(root, "lib"));
const names = filesBelow(folder, (name) => !/^(dist|node_modules)\/$/.test(name) && /(\/|\.ts)$/.test(name));
const problems = names.flatMap((name) => problemsOf(name));
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${names.length} files import along the arrows.`);

function problemsOf(name) {
  const room = name.split(sep)[0];
  if (!(room in arrows))
    return [`${name}: Cannot place the room "${room}": it is not in the arrows of scripts/lint-imports.mjs`];
  const lines = withoutComments(readFileSync(join(folder, name), "utf8")).split("\n");
  return lines.flatMap((line, index) =>
    importsOf(line)
      .map((target) => problemOf(name, room, target))
      .filter((problem) => problem !== undefined)
      .map((problem) => `${name}:${index + 1}: ${problem}`),
  );
}

function problemOf(name, room, target) {
  if (/^tslab(\/|$)/.test(target)) return room === "notebook" ? undefined : `only lib/notebook may import tslab`;
  const other = roomOf(name, target);
  if (other === undefined || other === room || reachable(room).has(other)) return undefined;
  return `${room} may not import ${other} ("${target}")`;
}

/** The room an import leads to; nothing for packages. */
function roomOf(name, target) {
  const own = /^reclm\/([^/]+)/.exec(target)?.[1];
  if (own !== undefined) return own;
  if (!target.startsWith(".")) return undefined;
  return relative(folder, resolve(folder, dirname(name), target)).split(sep)[0];
}

function reachable(room) {
  return new Set((arrows[room] ?? []).flatMap((other) => [other, ...reachable(other)]));
}

function importsOf(line) {
  const forms = /(?:\bfrom\s*|\bimport\s*\(\s*|\brequire\s*\(\s*|^\s*import\s*)["']([^"']+)["']/g;
  return [...line.matchAll(forms)].map(([, target]) => target);
}

/** The text with its comments blanked, lines kept: examples in comments may import anything. */
function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, " "));
}
