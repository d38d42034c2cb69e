// npm run data -- mind|netflix [--clone FOLDER]: finds or clones the authors' repository, checks its data, tells what can be run.
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CloneError, findClone } from "./data/clone.mjs";
import { paths, root } from "./setup/project.mjs";
import { setUpOrExit } from "./setup/setUp.mjs";

const usage = `npm run data -- mind|netflix [--clone FOLDER]

  --clone FOLDER   the root of a clone of HKUDS/RecLM (default: RECLM_CLONE, else one is made below data/raw/)
  --help           this text`;

const { name, folder, help } = readOptions();
if (help) {
  console.log(usage);
  process.exit(0);
}
await setUpOrExit();
try {
  const clone = findClone({ folder, raw: paths.raw });
  const { readRecLm, recLmReport } = createRequire(import.meta.url)(join(root, "lib", "dist", "data", "index.js"));
  console.log(recLmReport(await readRecLm(name, clone)).join("\n"));
} catch (error) {
  const known = error instanceof CloneError || error instanceof SyntaxError || error.name === "MissingInputError";
  console.error(known ? error.message : error);
  process.exitCode = 1;
}

function readOptions() {
  try {
    const options = { clone: { type: "string" }, help: { type: "boolean", default: false } };
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    if (values.help) return { help: true };
    if (positionals.length === 1 && /^(mind|netflix)$/.test(positionals[0])) {
      return { name: positionals[0], folder: values.clone, help: false };
    }
    console.error(`Cannot tell which data set is meant: mind or netflix.\n\n${usage}`);
  } catch (error) {
    console.error(`Cannot read the options: ${error.message}\n\n${usage}`);
  }
  process.exit(2);
}
