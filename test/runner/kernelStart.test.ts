import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { failureText, notebookOf, readNotebook, runNotebook, writeNotebook, type NotebookRun } from "reclm/notebook";
import { python, root, workFolder } from "../notebook/kernelspec";

let work: Awaited<ReturnType<typeof workFolder>>;
before(async () => {
  work = await workFolder();
});
after(() => rm(work.folder, { recursive: true, force: true }));

const skip = existsSync(python) ? false : "no .venv: run `npm run setup` first";
const sockets = join(root, "scripts", "runner", "orderly_sockets.cjs");
const node = promisify(execFile);

async function ran(name: string, source: string, more: object = {}): Promise<NotebookRun> {
  const path = join(work.folder, `${name}.ipynb`);
  await writeNotebook(path, notebookOf([{ kind: "code", source, tags: [] }]));
  return runNotebook({ path, output: path, env: { JUPYTER_PATH: work.jupyterPath }, ...more });
}

/** A kernelspec whose command is a line of shell before the tests' own kernel is started. */
async function spec(name: string, before: string): Promise<void> {
  const folder = join(work.jupyterPath, "kernels", name);
  const plain = join(work.jupyterPath, "kernels", "tslab", "kernel.json");
  const { argv } = JSON.parse(await readFile(plain, "utf8")) as { readonly argv: readonly string[] };
  await mkdir(folder, { recursive: true });
  const shell = ["/bin/sh", "-c", `${before}\nexec "$@"`, "sh", ...argv];
  await writeFile(join(folder, "kernel.json"), JSON.stringify({ argv: shell, display_name: name, language: "ts" }));
}

test(
  "a cell that prints thousands of lines in one turn of the event loop loses none, nor its end",
  { skip },
  async () => {
    const run = await ran("prints", 'for (let at = 0; at < 3000; at++) console.log("line", at);', { minutes: 1 });
    assert.equal(run.ok, true, run.failure && failureText(run.failure));
    const [cell] = (await readNotebook(run.output)).cells;
    const printed = cell!.outputs.flatMap((output) => output["text"] as readonly string[]);
    assert.deepEqual(
      printed,
      Array.from({ length: 3000 }, (_, at) => `line ${at}\n`),
    );
  },
);

test("a kernel that dies before it answers is started again; one that always dies says why", { skip }, async () => {
  const mark = join(work.folder, "died-once");
  await spec("dies-once", `[ -e '${mark}' ] || { touch '${mark}'; exit 1; }`);
  const run = await ran("again", "console.log(1);", { kernelName: "dies-once" });
  assert.equal(run.ok, true, run.failure && failureText(run.failure));
  assert.ok(existsSync(mark));

  await spec("dies", 'echo "Cannot listen on port 1: taken" >&2; exit 1');
  const { failure } = await ran("never", "console.log(1);", { kernelName: "dies" });
  assert.equal(failure?.kind, "kernel");
  assert.match(failure?.error ?? "", /did not start: Kernel died.*Cannot listen on port 1: taken/s);
});

test("sockets are bound before the next message can come", async () => {
  const script = join(work.folder, "tslab");
  await writeFile(
    script,
    `const { Publisher, Reply, Router } = require("zeromq");
     for (const kind of [Publisher, Reply, Router]) {
       const socket = new kind();
       void socket.bind("tcp://127.0.0.1:*");
       console.log(kind.name, socket.lastEndpoint !== null);
       socket.close();
     }`,
  );
  const { stdout } = await node(process.execPath, ["--require", sockets, script]);
  assert.equal(stdout, "Publisher true\nReply true\nRouter true\n");
});

test("a kernel whose port something else took says which, and ends", async () => {
  const taken = createServer();
  await new Promise<void>((listening) => void taken.listen(0, "127.0.0.1", listening));
  const { port } = taken.address() as { readonly port: number };
  const ports = { iopub_port: port, shell_port: 0, control_port: 0, stdin_port: 0, hb_port: 0 };
  const connection = join(work.folder, "connection.json");
  await writeFile(connection, JSON.stringify({ transport: "tcp", ip: "127.0.0.1", key: "k", ...ports }));
  const tslab = join(root, "node_modules", "tslab", "bin", "tslab");
  const started = node(process.execPath, ["--require", sockets, tslab, "kernel", "--config-path", connection]);
  await assert.rejects(started, (error: Error & { readonly code?: number; readonly stderr?: string }) => {
    assert.equal(error.code, 1);
    assert.match(error.stderr ?? "", new RegExp(`Cannot listen on tcp://127\\.0\\.0\\.1:${port}: `));
    return true;
  });
  taken.close();
});
