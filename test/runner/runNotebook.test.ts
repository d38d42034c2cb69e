import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  failureText,
  notebookOf,
  readNotebook,
  runNotebook,
  sourceHash,
  writeNotebook,
  type CellText,
  type NotebookEvent,
  type NotebookRun,
} from "reclm/notebook";
import { python, workFolder } from "../notebook/kernelspec";

let work: Awaited<ReturnType<typeof workFolder>>;
before(async () => {
  work = await workFolder();
});
after(() => rm(work.folder, { recursive: true, force: true }));

const code = (source: string, ...tags: string[]): CellText => ({ kind: "code", source, tags });

async function ran(
  name: string,
  cells: readonly CellText[],
  more: object = {},
): Promise<{ run: NotebookRun; events: NotebookEvent[]; output: string }> {
  const path = join(work.folder, `${name}.ipynb`);
  const output = join(work.folder, `${name}.out.ipynb`);
  const events: NotebookEvent[] = [];
  await writeNotebook(path, notebookOf(cells));
  const onEvent = (event: NotebookEvent): void => void events.push(event);
  const run = await runNotebook({ path, output, env: { JUPYTER_PATH: work.jupyterPath }, onEvent, ...more });
  return { run, events, output };
}

const skip = existsSync(python) ? false : "no .venv: run `npm run setup` first";

test(
  "a notebook runs: parameters arrive, one bundle holds plotly, PNG and text, progress keeps its last state",
  { skip },
  async () => {
    const { run, events, output } = await ran(
      "works",
      [
        code(
          'import { parameters, progressBar, show } from "reclm/notebook";\nimport { lossCurve } from "reclm/figures";',
        ),
        code(
          'const settings = parameters({ preset: "quick", seed: 1 });\nconsole.log(settings.preset, settings.seed);',
          "parameters",
        ),
        code(
          'await show(lossCurve({ runs: [{ name: "KD", train: [{ step: 0, value: 3 }, { step: 1, value: 2 }] }] }));',
        ),
        code(
          'const bar = progressBar();\nfor (let done = 0; done <= 2; done++) bar({ label: "tuning", done, total: 2, unit: "steps" });\nconsole.log("end");',
        ),
      ],
      { parameters: { preset: "smoke", seed: 7 } },
    );
    assert.equal(run.ok, true, run.failure && failureText(run.failure));
    const cells = (await readNotebook(output)).cells;
    assert.deepEqual(
      cells.map((cell) => cell.executionCount),
      [1, 2, 3, 4],
    );
    assert.deepEqual(
      cells.map((cell) => cell.executedHash),
      cells.map((cell) => sourceHash(cell.source)),
    );
    assert.deepEqual(cells[1]!.outputs, [{ name: "stdout", output_type: "stream", text: ["smoke 7\n"] }]);
    const bundle = cells[2]!.outputs[0]!["data"] as Record<string, unknown>;
    assert.deepEqual(Object.keys(bundle), ["application/vnd.plotly.v1+json", "image/png", "text/plain"]);
    assert.equal(cells[3]!.outputs.length, 2);
    assert.match(JSON.stringify(cells[3]!.outputs[0]), /tuning 2\/2 steps/);
    assert.doesNotMatch(JSON.stringify(cells), /display_id|@progress/);
    assert.ok(events.some((event) => event.event === "progress" && event.state.done === 2));
  },
);

test("a failure names cell, line and text, and keeps what was made until then", { skip }, async () => {
  const { run, output } = await ran("throws", [
    code('console.log("made");'),
    code('const a: number = 1;\nfunction f() {\n  throw new RangeError("Cannot do it: " + a);\n}\nf();'),
    code('console.log("never");'),
  ]);
  assert.equal(run.ok, false);
  assert.equal(run.failure?.cell, 2);
  assert.equal(run.failure?.line, 3);
  assert.match(run.failure?.error ?? "", /^RangeError: Cannot do it: 1/);
  const cells = (await readNotebook(output)).cells;
  assert.deepEqual(
    cells.map((cell) => cell.outputs.length),
    [1, 1, 0],
  );
  assert.equal(cells[0]!.executionCount, 1);
  assert.deepEqual(
    cells.map((cell) => cell.executedHash),
    [sourceHash('console.log("made");'), undefined, undefined],
  );
});

test("a failure of an awaited call names the line of the call, whatever compiling made of it", { skip }, async () => {
  const { run } = await ran("rejects", [
    code('import { breathe } from "reclm/core";'),
    code(
      [
        'import { StageStore, jsonCodec } from "reclm/core";',
        "",
        'const store: StageStore = new StageStore(".none");',
        "await breathe();",
        "console.log(",
        "  // Nobody ran it before.",
        '  await store.read({ name: "early", version: 1, inputs: null }, jsonCodec<number>(), "run notebook 01 first"),',
        ");",
        "await breathe();",
      ].join("\n"),
    ),
  ]);
  assert.equal(run.failure?.cell, 2);
  assert.equal(run.failure?.line, 7);
  assert.match(
    run.failure?.error ?? "",
    /^MissingInputError: Cannot find the result of stage "early": run notebook 01/,
  );
  assert.doesNotMatch(run.failure?.error ?? "", /evalmachine|tslab/);
  assert.match(failureText(run.failure!), /rejects\.ipynb, cell 2, line 7: MissingInputError: Cannot find/);
});

test("an error thrown before a cell's first await names its line too", { skip }, async () => {
  const source = ["const text = `one", "two`;", 'JSON.parse("{" + text);', "await Promise.resolve();"].join("\n");
  const { run } = await ran("throws-early", [code(source)]);
  assert.equal(run.failure?.line, 3);
  assert.match(run.failure?.error ?? "", /^SyntaxError: /);
  assert.doesNotMatch(run.failure?.error ?? "", /evalmachine|quote_failed_line|node:/);
});

test("a type error names its line", { skip }, async () => {
  const { run } = await ran("types", [code("const a = 1;\nconst b: string = a;")]);
  assert.equal(run.failure?.line, 2);
  assert.equal(run.failure?.error, "Type 'number' is not assignable to type 'string'.");
});

test("a signal interrupts the cell, a time limit stops it", { skip }, async () => {
  const waiting = [
    code(
      'import { cellControl } from "reclm/notebook";\nimport { breathe } from "reclm/core";\nconst control = await cellControl();',
    ),
    code('const { signal } = control();\nconsole.log("in");\nfor (;;) await breathe(signal);'),
  ];
  const stop = new AbortController();
  const onEvent = (event: NotebookEvent): void => void (event.event === "stream" && stop.abort());
  const stopped = await ran("stops", waiting, { signal: stop.signal, onEvent });
  assert.equal(stopped.run.failure?.kind, "interrupted");
  const late = await ran("late", [code("await new Promise((resolve) => setTimeout(resolve, 60000));")], {
    cellMinutes: 1 / 60,
  });
  assert.equal(late.run.failure?.kind, "timeout");
  assert.match(late.run.failure?.error ?? "", /longer than its 1 seconds/);
});

test("a runner that is killed while it writes is told by its exit code", async () => {
  const halfSaid = join(work.folder, "half-said.sh");
  await writeFile(halfSaid, "#!/bin/sh\nprintf '{\"event\": \"cel'\necho 'no memory left' >&2\nexit 137\n", {
    mode: 0o755,
  });
  await assert.rejects(ran("half-said", [code("1;")], { python: halfSaid }), {
    message: /^Cannot run .+half-said\.ipynb: the runner stopped with code 137\. no memory left$/,
  });
});
