// Preloaded into the kernel by run_notebook.py: an error that an awaited call throws quotes the compiled line it came
// through, as Node itself does for errors of code that awaits nothing. The runner finds that line in the cell.
const vm = require("node:vm");

const frame = /evalmachine\.<anonymous>:(\d+):(\d+)/g;

/** The error with "evalmachine.<anonymous>:LINE", the line and a caret before its stack; the last frame is the cell's own. */
function quoted(error, code) {
  const lines = code.split("\n");
  const frames = [...String(error?.stack ?? "").matchAll(frame)];
  // The kernel calls the cell, a function, in its last line.
  const [, line, column] = frames.filter(([, at]) => Number(at) < lines.length).at(-1) ?? [];
  const text = lines[Number(line) - 1];
  if (text === undefined || error.stack.startsWith("evalmachine")) return error;
  error.stack = `evalmachine.<anonymous>:${line}\n${text}\n${" ".repeat(Number(column) - 1)}^\n\n${error.stack}`;
  return error;
}

if (process.argv.some((word) => /[\\/]tslab$/.test(word))) {
  // The cell's frame stands below those of the library.
  Error.stackTraceLimit = 40;
  const run = vm.runInThisContext;
  vm.runInThisContext = function (code, options) {
    const result = run.call(this, code, options);
    if (typeof code !== "string" || typeof result?.then !== "function") return result;
    return result.then(undefined, (error) => {
      throw quoted(error, code);
    });
  };
}
