// npm test [-- --only STAGE [FILTER]]: sets up, then runs every stage in order and stops at the first that fails.
// FILTER keeps the test files whose path contains it (stage "unit").
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { runInForeground } from "./setup/foreground.mjs";
import { filesBelow } from "./setup/hashing.mjs";
import { root } from "./setup/project.mjs";
import { setUpOrExit } from "./setup/setUp.mjs";

const tool = (name) => {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
  return join(manifest, "..", typeof bin === "string" ? bin : bin[name]);
};
const script = (name) => [join(root, "scripts", name)];
const built = join(root, ".cache", "test");
const readmeTest = join("scripts", "readme.test.js");
const restartTest = join("runner", "restart.test.js");

/** Name, what it shows, and the arguments of Node. */
const stages = [
  ["format", "Prettier's format", () => [tool("prettier"), "--check", "--log-level", "warn", "."]],
  ["lint", "ESLint's rules", () => [tool("eslint"), "--max-warnings", "0", "."]],
  ["imports", "arrows between rooms", () => script("lint-imports.mjs")],
  ["declarations", "declarations under tslab's TypeScript", () => script("check-declarations.mjs")],
  ["types", "types of the tests", () => [...script("build.mjs"), "--test"]],
  ["unit", "unit tests", () => [...testRunner(2), ...unitTests()]],
  ["notebooks", "every notebook, smoke preset", () => [...cli(), "--preset", "smoke", "--fresh"]],
  ["restart", "a killed run continues", () => [...testRunner(1), join(built, restartTest)]],
  ["readme", "README's commands", () => [...testRunner(1), join(built, readmeTest)]],
];

const [only, filter = ""] = optionsAfter("--only");
if (only !== undefined && !stages.some(([name]) => name === only)) {
  console.error(`Cannot run the stage "${only}": the stages are ${stages.map(([name]) => name).join(", ")}`);
  process.exit(2);
}
await setUpOrExit();
// Tests run from their compiled form.
const needed = ["unit", "restart", "readme"].includes(only) ? ["types", only] : [only];
const chosen = stages.filter(([name]) => only === undefined || needed.includes(name));

let passed = 0;
for (const [name, title, args] of chosen) {
  console.log(`\n== ${name}: ${title}`);
  const started = Date.now();
  const code = await runInForeground(process.execPath, args(), {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (code !== 0) {
    console.error(`\nStage "${name}" failed (exit code ${code}, ${seconds} s); alone: npm test -- --only ${name}`);
    console.log(`${passed} passed, 1 failed, ${chosen.length - passed - 1} skipped`);
    process.exit(1);
  }
  passed += 1;
  console.log(`== ${name}: ${seconds} s`);
}
console.log(`\nAll stages passed: ${chosen.map(([name]) => name).join(", ")}.`);
console.log(`${passed} passed, 0 failed`);

function unitTests() {
  const names = filesBelow(built, (name) => name.endsWith("/") || name.endsWith(".test.js"));
  const files = names.filter((name) => ![readmeTest, restartTest].includes(name) && name.includes(filter)).sort();
  if (files.length > 0) return files.map((name) => join(built, name));
  console.error(`Cannot run unit tests: no file matches "${filter}"`);
  process.exit(2);
}

function testRunner(concurrency) {
  return ["--test", `--test-concurrency=${concurrency}`, "--test-timeout=1200000", "--test-reporter=spec"];
}

function cli() {
  return [join(root, "lib", "dist", "notebook", "reproduceCli.js")];
}

function optionsAfter(flag) {
  const at = process.argv.indexOf(flag);
  return at < 0 ? [] : process.argv.slice(at + 1);
}
