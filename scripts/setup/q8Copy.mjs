// Child of set-up: node q8Copy.mjs SOURCE TARGET TYPE writes TARGET, a copy of the GGUF SOURCE with matrices of that type.
import { renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";

const [source, target, type] = process.argv.slice(2);
const { requantise } = createRequire(import.meta.url)("reclm/llm");
const partial = `${target}.partial`;
rmSync(partial, { force: true });
await requantise(source, partial, type);
renameSync(partial, target);
