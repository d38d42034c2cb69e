import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { root } from "./kernelspec";

/** A JupyterLab as `npm start` opens it, on a folder of its own inside the clone (cells must find `reclm`). */
export interface Lab {
  readonly folder: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts `scripts/lab.mjs` without a browser and waits until it answers. */
export async function startLab(environment: Readonly<Record<string, string>>): Promise<Lab> {
  await mkdir(join(root, ".cache"), { recursive: true });
  const folder = await mkdtemp(join(root, ".cache", "lab-test-"));
  const port = await freePort();
  const words = [join(root, "scripts", "lab.mjs"), `--port=${port}`, "--ServerApp.port_retries=0", "--no-browser"];
  words.push("--IdentityProvider.token=", `--ServerApp.root_dir=${folder}`);
  const workspaces = { JUPYTERLAB_WORKSPACES_DIR: join(folder, "workspaces") };
  const env = { ...process.env, NODE_OPTIONS: "", ...workspaces, ...environment };
  const server = spawn(process.execPath, words, { cwd: root, env, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  server.stderr.on("data", (text) => (log = `${log}${String(text)}`.slice(-4000)));
  const stop = async (): Promise<void> => {
    await ended(server);
    await rm(folder, { recursive: true, force: true });
  };
  for (let waited = 0; waited < 240 && server.exitCode === null; waited++) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/status`).catch(() => undefined);
    if (answer?.ok === true) return { folder, port, stop };
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await stop();
  throw new Error(`Cannot reach JupyterLab on port ${port}: ${log}`);
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGINT");
  await exit;
}

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

/** Debian's Chromium unless RECLM_CHROMIUM names another. */
export const browserPath = process.env["RECLM_CHROMIUM"] ?? "/usr/bin/chromium";

export function openBrowser(): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", ...quiet];
  return chromium.launch({ executablePath: browserPath, args });
}

/** Opens a notebook in a window of some height (Lab draws only what can be seen) and waits for its cells and its idle kernel. */
export async function openNotebook(browser: Browser, port: number, name: string, height: number): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1200, height } });
  page.setDefaultTimeout(90000);
  // A workspace of its own: Lab opens again what the last one had open.
  await page.goto(`http://127.0.0.1:${port}/lab/workspaces/${name.replace(".", "-")}/tree/${name}`);
  await page.locator(".jp-CodeCell .cm-line", { hasText: /\S/ }).first().waitFor();
  await page.locator(".jp-Toolbar-kernelName", { hasText: "TypeScript" }).waitFor();
  await kernelIdle(port, name);
  await idle(page);
  return page;
}

/** Waits until the server too has seen the notebook's kernel answer: what is run before that waits for ever. */
async function kernelIdle(port: number, name: string): Promise<void> {
  for (let waited = 0; waited < 180; waited++) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/sessions`);
    const sessions = (await answer.json()) as readonly { path: string; kernel: { execution_state: string } }[];
    if (sessions.find(({ path }) => path === name)?.kernel.execution_state === "idle") return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`Cannot open ${name}: its kernel was not idle within 90 s`);
}

/** Runs `work` on a page; where it fails, a picture of the page stays in the folder. */
export async function pictured(page: Page, folder: string | undefined, name: string, work: () => Promise<void>) {
  try {
    await work();
  } finally {
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
    await page.close();
  }
}

export async function idle(page: Page): Promise<void> {
  await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor();
}

/** A command of Lab's menu bar: "Run", "runmenu:run-all". */
export async function choose(page: Page, menu: string, command: string): Promise<void> {
  await page.locator(`.lm-MenuBar-item:has-text("${menu}")`).first().click();
  await page.locator(`.lm-Menu-item[data-command="${command}"]`).first().click();
}

/** Waits until every code cell has been run; throws with the text of a dialog that stands in the way. */
export async function allRun(page: Page, milliseconds: number): Promise<void> {
  const state = `(() => {
    const dialog = document.querySelector(".jp-Dialog");
    if (dialog) return dialog.innerText;
    const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")].map((prompt) => prompt.textContent);
    return prompts.length > 0 && prompts.every((prompt) => /\\[\\d+\\]/.test(prompt)) ? "done" : "";
  })()`;
  const handle = await page.waitForFunction(state, undefined, { timeout: milliseconds });
  const found = String(await handle.jsonValue());
  if (found !== "done") throw new Error(`Cannot run all cells: JupyterLab asks ${JSON.stringify(found)}`);
}

/** Figures that plotly has drawn, once as many as wanted are there; each is pointed at, since Lab draws what is near. */
export async function drawnFigures(page: Page, wanted: number): Promise<number> {
  const drawn = page.locator(".js-plotly-plot:has(.main-svg)");
  const shown = page.locator(".jp-RenderedPlotly");
  for (let attempt = 0; attempt < 20 && (await drawn.count()) < wanted; attempt++) {
    for (let n = 0; n < (await shown.count()); n++) await shown.nth(n).hover();
    await page.waitForTimeout(500);
  }
  return drawn.count();
}
