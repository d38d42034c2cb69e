import { existsSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** The clone's root, found from the compiled test. */
export const root = findRoot();

function findRoot(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package-lock.json"))) return folder;
    if (dirname(folder) === folder) throw new Error(`Cannot find the clone above ${__dirname}`);
  }
}

export const python = resolve(root, ".venv", "bin", "python");

/** A folder inside the clone (cells must find `reclm`), with a kernelspec of this clone's tslab for JUPYTER_PATH. */
export async function workFolder(): Promise<{ readonly folder: string; readonly jupyterPath: string }> {
  await mkdir(join(root, ".cache"), { recursive: true });
  const folder = await mkdtemp(join(root, ".cache", "notebook-test-"));
  const spec = join(folder, "jupyter", "kernels", "tslab");
  await mkdir(spec, { recursive: true });
  const tslab = join(root, "node_modules", "tslab", "bin", "tslab");
  const sockets = join(root, "scripts", "runner", "orderly_sockets.cjs");
  const argv = [process.execPath, "--require", sockets, tslab, "kernel", "--config-path", "{connection_file}"];
  await writeFile(
    join(spec, "kernel.json"),
    JSON.stringify({ argv, display_name: "TypeScript", language: "typescript" }),
  );
  return { folder, jupyterPath: join(folder, "jupyter") };
}
