import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { notebookOf, writeNotebook } from "reclm/notebook";
import { python, root } from "./kernelspec";
import {
  allRun,
  browserPath,
  choose,
  drawnFigures,
  idle,
  openBrowser,
  openNotebook,
  pictured,
  startLab,
  type Lab,
} from "./lab";

/** A folder for screenshots. */
const pictures = process.env["RECLM_LAB_PICTURES"];

const missing = existsSync(browserPath)
  ? existsSync(python)
    ? undefined
    : "no .venv: run `npm run setup` first"
  : `no Chromium at ${browserPath}: install it, or set RECLM_CHROMIUM`;

let lab: Lab | undefined;
let browser: Browser | undefined;

before(async () => {
  if (missing !== undefined) return;
  lab = await startLab({ RECLM_PARAMETERS: JSON.stringify({ preset: "smoke" }) });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await lab?.stop();
});

function skips(t: TestContext): boolean {
  if (missing !== undefined) t.skip(missing);
  return missing !== undefined;
}

test("JupyterLab opens notebook 01 with its kernel, runs all cells and draws the figures", async (t) => {
  if (skips(t)) return;
  await copyFile(join(root, "notebooks", "01-data.ipynb"), join(lab!.folder, "01-data.ipynb"));
  const page = await openNotebook(browser!, lab!.port, "01-data.ipynb", 3600);
  await pictured(page, pictures, "01-data", async () => {
    await choose(page, "Run", "runmenu:run-all");
    await allRun(page, 120000);
    const errors = page.locator('[data-mime-type="application/vnd.jupyter.stderr"]');
    assert.equal(await errors.count(), 0, "an error output");
    assert.equal(await drawnFigures(page, 2), 2);
  });
});

test("the stop button stops a long cell, and the same cell can be run again", async (t) => {
  if (skips(t)) return;
  const cells = [
    'import { cellControl } from "reclm/notebook";\nimport { breathe } from "reclm/core";\nconst control = await cellControl();',
    "let tries = 0;\nasync function work(signal) {\n  tries++;\n  do await breathe(signal); while (tries === 1);\n}",
    'console.log("working");\nawait work(control().signal);\nconsole.log("finished");',
  ];
  const kinds = cells.map((source) => ({ kind: "code", source }) as const);
  await writeNotebook(join(lab!.folder, "stop.ipynb"), notebookOf(kinds));
  const page = await openNotebook(browser!, lab!.port, "stop.ipynb", 900);
  await pictured(page, pictures, "stop", async () => {
    await choose(page, "Run", "runmenu:run-all");
    await page.locator(".jp-OutputArea-output", { hasText: "working" }).waitFor();
    await choose(page, "Kernel", "kernelmenu:interrupt");
    await page.locator(".jp-OutputArea-output", { hasText: "Interrupted" }).waitFor();
    await idle(page);
    const finished = page.locator(".jp-OutputArea-output", { hasText: "finished" });
    // A cell that is run while the interrupted queue is still being emptied is dropped with it.
    for (let attempt = 0; attempt < 6 && (await finished.count()) === 0; attempt++) {
      await page.locator(".jp-CodeCell .cm-content").last().click();
      await page.keyboard.press("Control+Enter");
      await finished.waitFor({ timeout: 10000 }).catch(() => undefined);
    }
    assert.equal(await finished.count(), 1, "the cell runs to its end the second time");
  });
});
