import { messageOf } from "../core";
import { lintNotebook } from "./lintNotebook";
import { readNotebook } from "./notebookFile";

/** Prints "file, cell, line: reason" for each finding; exit code 1 where there is one. */
async function main(paths: readonly string[]): Promise<void> {
  let found = 0;
  for (const path of paths) {
    for (const { cell, line, reason } of lintNotebook(await readNotebook(path))) {
      found += 1;
      const place = [path, cell > 0 ? `cell ${cell}` : "", line > 0 ? `line ${line}` : ""].filter(
        (part) => part !== "",
      );
      process.stdout.write(`${place.join(", ")}: ${reason}\n`);
    }
  }
  process.stdout.write(`${paths.length} notebooks, ${found} findings\n`);
  if (found > 0 || paths.length === 0) process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});
