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

/** The same of the rooms within a room; files that lie beside them are everyone's. */
const innerArrows = {
  recommenders: {
    kernels: [],
    texts: [],
    layers: ["kernels"],
    scoring: ["kernels"],
    graph: ["kernels"],
    losses: ["layers", "scoring", "graph"],
    fusion: ["layers", "scoring", "texts"],
    models: ["fusion", "losses"],
    training: ["kernels"],
    use: ["models", "training"],
    autodiff: ["models"],
  },
  experiment: {
    presets: [],
    paper: [],
    data: ["presets"],
    instructions: ["data"],
    tuning: ["instructions"],
    reinforcement: ["tuning"],
    profiles: ["reinforcement", "paper"],
    recommenders: ["data", "paper"],
    tables: ["profiles", "recommenders"],
    fusions: ["tables"],
    cases: ["tables"],
  },
};

const folder = resolve(process.argv[2] ?? join(root, "lib"));
const names = filesBelow(folder, (name) => !/^(dist|node_modules)\/$/.test(name) && /(\/|\.ts)$/.test(name));
const problems = names.flatMap((name) => problemsOf(name));
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${names.length} files import along the arrows.`);

function problemsOf(name) {
  const [room, inner, ...below] = name.split(sep);
  const unknown = unknownRoom(room, below.length > 0 ? inner : undefined);
  if (unknown !== undefined)
    return [`${name}: Cannot place the room "${unknown}": it is not in the arrows of scripts/lint-imports.mjs`];
  const lines = withoutComments(readFileSync(join(folder, name), "utf8")).split("\n");
  return lines.flatMap((line, index) =>
    importsOf(line)
      .map((target) => problemOf(name, room, target))
      .filter((problem) => problem !== undefined)
      .map((problem) => `${name}:${index + 1}: ${problem}`),
  );
}

/** The room, or the one within it, that no arrows name. */
function unknownRoom(room, inner) {
  if (!(room in arrows)) return room;
  const known = innerArrows[room];
  return inner === undefined || !known || inner in known ? undefined : `${room}/${inner}`;
}

function problemOf(name, room, target) {
  if (/^tslab(\/|$)/.test(target)) return room === "notebook" ? undefined : `only lib/notebook may import tslab`;
  const [other, inner] = placeOf(name, target);
  if (other === room) return innerProblem(name, room, inner);
  if (other === undefined || reachable(arrows, room).has(other)) return undefined;
  return `${room} may not import ${other} ("${target}")`;
}

/** Of an import that stays in its room, from one inner room into another. */
function innerProblem(name, room, other) {
  const [, inner] = name.split(sep);
  const known = innerArrows[room] ?? {};
  if (inner === other || !(inner in known) || !(other in known) || reachable(known, inner).has(other)) return undefined;
  return `${room}/${inner} may not import ${room}/${other}`;
}

/** Room and inner room (or file) that an import leads to; nothing for packages. */
function placeOf(name, target) {
  const own = /^reclm\/([^/]+)/.exec(target)?.[1];
  if (own !== undefined) return [own];
  if (!target.startsWith(".")) return [];
  return relative(folder, resolve(folder, dirname(name), target)).split(sep);
}

function reachable(known, room) {
  return new Set((known[room] ?? []).flatMap((other) => [other, ...reachable(known, other)]));
}

function importsOf(line) {
  const forms = /(?:\bfrom\s*|\bimport\s*\(\s*|\brequire\s*\(\s*|^\s*import\s*)["']([^"']+)["']/g;
  return [...line.matchAll(forms)].map(([, target]) => target);
}

/** The text with its comments blanked, lines kept: examples in comments may import anything. */
function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, " "));
}
