import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { root, runNode, temporaryFolder } from "./project";

function lint(t: TestContext, files: Readonly<Record<string, string>>) {
  const folder = temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return runNode([join(root, "scripts", "lint-imports.mjs"), folder]);
}

test("lint-imports accepts imports along the arrows, packages and examples in comments", (t) => {
  const { status, output } = lint(t, {
    "core/index.ts": 'import { join } from "node:path";\n/** @example import { f } from "reclm/llm"; */',
    "llm/gguf/a.ts": 'import { b } from "../../core";\nexport * from "./b";',
    "experiment/a.ts": 'import { x } from "../recommenders";\nimport { y } from "../llm/gguf/a";',
    "experiment/tables/a.ts":
      'import { x } from "../data/b";\nimport { y } from "../experiment";\nimport { z } from "./c";',
    "experiment/all.ts": 'import { x } from "./tables/a";',
    "notebook/a.ts": 'const tslab = require("tslab/dist/jupyter");',
  });
  assert.equal(status, 0, output);
});

test("lint-imports names file and line of a forbidden import, in every form", (t) => {
  const { status, output } = lint(t, {
    "core/a.ts": '\nimport type { X } from "../llm";',
    "recommenders/a.ts": 'const load = () => import("../prompts/texts");',
    "tuning/a.ts": 'import {\n  a,\n} from "reclm/recommenders";',
    "figures/a.ts": 'const tslab = require("tslab");',
    "garage/a.ts": "export const a = 1;",
    "experiment/data/a.ts": 'import { x } from "../../data";\nimport { y } from "../tables/b";',
    "experiment/garage/a.ts": "export const a = 1;",
  });
  assert.equal(status, 1);
  assert.match(output, /core\/a\.ts:2: core may not import llm/);
  assert.match(output, /recommenders\/a\.ts:1: recommenders may not import prompts/);
  assert.match(output, /tuning\/a\.ts:3: tuning may not import recommenders/);
  assert.match(output, /figures\/a\.ts:1: only lib\/notebook may import tslab/);
  assert.match(output, /garage\/a\.ts: Cannot place the room "garage"/);
  assert.match(output, /experiment\/data\/a\.ts:2: experiment\/data may not import experiment\/tables/);
  assert.match(output, /experiment\/garage\/a\.ts: Cannot place the room "experiment\/garage"/);
});
