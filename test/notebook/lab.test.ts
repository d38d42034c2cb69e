import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { chromium, type Page } from "playwright-core";
import { notebookOf, writeNotebook } from "reclm/notebook";
import { python, root, workFolder } from "./kernelspec";

const browserPath = process.env["RECLM_CHROMIUM"] ?? "/usr/bin/chromium";
/** A notebook to open in place of the test's own, run in its own folder's copy; and a folder for screenshots. */
const wanted = process.env["RECLM_LAB_NOTEBOOK"];
const pictures = process.env["RECLM_LAB_PICTURES"];
const minutes = Number(process.env["RECLM_LAB_MINUTES"] ?? 2);
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function writeSettings(folder: string, theme: string): Promise<void> {
  const apputils = join(folder, "@jupyterlab", "apputils-extension");
  await mkdir(apputils, { recursive: true });
  await writeFile(
    join(apputils, "notification.jupyterlab-settings"),
    '{ "fetchNews": "false", "checkForUpdates": false }',
  );
  await writeFile(join(apputils, "themes.jupyterlab-settings"), JSON.stringify({ theme }));
}

async function started(folder: string, jupyterPath: string, port: number, theme: string): Promise<ChildProcess> {
  const settings = join(folder, "settings");
  await writeSettings(settings, theme);
  const words = ["-m", "jupyterlab", "--no-browser", "--allow-root", `--port=${port}`, "--ServerApp.port_retries=0"];
  words.push("--IdentityProvider.token=", "--ServerApp.password=", `--ServerApp.root_dir=${folder}`);
  const env = {
    ...process.env,
    JUPYTER_PATH: jupyterPath,
    JUPYTERLAB_SETTINGS_DIR: settings,
    JUPYTERLAB_WORKSPACES_DIR: join(folder, "workspaces"),
    JUPYTER_CONFIG_DIR: join(folder, "config"),
    JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
  };
  const server = spawn(python, words, { cwd: folder, env, stdio: "ignore" });
  for (let waited = 0; waited < 120; waited++) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/status`).catch(() => undefined);
    if (answer?.ok === true) return server;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  server.kill();
  throw new Error("Cannot reach JupyterLab: it did not answer within a minute");
}

/** JupyterLab sometimes asks for the kernel although the notebook names it. */
async function chooseKernel(page: Page): Promise<boolean> {
  const dialog = page.locator(".jp-Dialog");
  const asked = await dialog.waitFor({ timeout: 4000 }).then(
    () => true,
    () => false,
  );
  if (!asked) return false;
  await dialog.locator("select").selectOption({ label: "TypeScript" });
  await dialog.locator(".jp-mod-accept").click();
  await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({ timeout: 60000 });
  return true;
}

async function clickRunAll(page: Page): Promise<void> {
  await page.locator('.lm-MenuBar-item:has-text("Run")').first().click();
  await page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click();
}

/** Opens a notebook, runs all its cells, waits until none is running, and counts figures and pictures of them. */
async function runAll(
  port: number,
  name: string,
  picture: string | undefined,
): Promise<{ figures: number; errors: number }> {
  const browser = await chromium.launch({ executablePath: browserPath, args: flags });
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 2000 } });
    await page.goto(`http://127.0.0.1:${port}/lab/tree/${name}`, { timeout: 60000 });
    await page.locator(".jp-Notebook .jp-Cell").first().waitFor({ timeout: 60000 });
    await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({ timeout: 60000 });
    await clickRunAll(page);
    if (await chooseKernel(page)) await clickRunAll(page);
    const busy = page.locator(".jp-InputPrompt", { hasText: "[*]" });
    await busy.first().or(page.locator(".jp-OutputArea-output").first()).first().waitFor({ timeout: 30000 });
    await page.waitForFunction(
      "![...document.querySelectorAll('.jp-InputPrompt')].some((e) => e.textContent.includes('[*]'))",
      undefined,
      {
        timeout: minutes * 60000,
      },
    );
    const shown = page.locator(".jp-RenderedPlotly");
    for (let n = 0; n < (await shown.count()); n++) await shown.nth(n).hover();
    await page.waitForTimeout(3000);
    if (picture !== undefined) await page.screenshot({ path: picture });
    const drawn = await page.locator(".js-plotly-plot:has(.main-svg)").count();
    return { figures: drawn, errors: await page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() };
  } catch (error) {
    if (picture !== undefined) await browser.contexts()[0]?.pages()[0]?.screenshot({ path: picture });
    throw error;
  } finally {
    await browser.close();
  }
}

async function prepared(folder: string): Promise<string> {
  if (wanted !== undefined) {
    const copy = join(dirname(wanted), `.lab-test-${basename(wanted)}`);
    await copyFile(wanted, copy);
    return copy;
  }
  const cells = [
    'import { show, table, versions } from "reclm/notebook";\nimport { lossCurve, groundingBars } from "reclm/figures";',
    'const run = { name: "KD", train: [3, 2.2, 1.7, 1.4].map((value, step) => ({ step: step, value: value })) };\nawait show(lossCurve({ runs: [run] }));',
    'await show(groundingBars({ variants: [{ variant: "KD", own: 0.6, neighboursOnly: 0.3, neither: 0.1, terms: 90 }] }));',
    'await show(versions());\nshow.tokens([{ text: "Who is it? ", mask: 0 }, { text: "User identity: [drama]", mask: 1 }]);',
    'await show(table([{ model: "BiasMF", recall: { mean: 0.211, sd: 0.004 } }, { model: "LightGCN", recall: { mean: 0.243, sd: 0.003 } }], { best: { recall: "highest" } }));',
  ];
  const path = join(folder, "figures.ipynb");
  await writeNotebook(path, notebookOf(cells.map((source) => ({ kind: "code", source }))));
  return path;
}

test("JupyterLab runs a notebook and draws its figures", { timeout: (minutes + 5) * 60000 }, async (t) => {
  if (!existsSync(browserPath)) return t.skip(`no Chromium at ${browserPath}: install it, or set RECLM_CHROMIUM`);
  if (!existsSync(python)) return t.skip("no .venv: run `npm run setup` first");
  const { folder, jupyterPath } = await workFolder();
  const notebook = await prepared(folder);
  const port = await freePort();
  const theme = process.env["RECLM_LAB_THEME"] ?? "JupyterLab Light";
  const server = await started(wanted === undefined ? folder : root, jupyterPath, port, theme);
  try {
    const name = wanted === undefined ? basename(notebook) : notebook.slice(root.length + 1);
    const picture = pictures === undefined ? undefined : join(pictures, `${theme.replaceAll(" ", "-")}.png`);
    const { figures, errors } = await runAll(port, name, picture);
    assert.equal(errors, 0, "a cell wrote an error");
    if (wanted === undefined) assert.equal(figures, 2);
    else assert.ok(figures > 0, "the notebook drew no figure");
  } finally {
    server.kill("SIGTERM");
    await new Promise((resolve) => server.once("exit", resolve));
    await rm(folder, { recursive: true, force: true });
    if (wanted !== undefined) await rm(notebook, { force: true });
  }
});
