import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { messageOf, writeJson } from "../core";
import { openExperiment, otherRuns, restoreStages, type Experiment } from "../experiment";
import { chosenNotebooks, notebooksOfPreset } from "./chosenNotebooks";
import { executionKey, isExecuted, rememberExecuted } from "./executedRecord";
import { publishFinished, publishRun } from "./publish";
import { reproduceOptions, usage, type ReproduceOptions } from "./reproduceOptions";
import { runRecord, writeResults } from "./results";
import { failureText, runNotebook } from "./runNotebook";
import { terminalView } from "./terminal";

/** Runs the notebooks in order through the real kernel; finished stages are reused. Exit code 0 when every cell ran. */
async function main(args: readonly string[]): Promise<number> {
  const options = reproduceOptions(args);
  if (options.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort(new Error("interrupted")));
  process.once("SIGTERM", () => stop.abort(new Error("ended")));
  const experiment = await openExperiment(options);
  // Before anything is forgotten: a wish that nothing fits ends the run.
  const chosen = await chosenNotebooks(experiment, options.notebooks);
  if (options.fresh) await forget(experiment);
  if (options.replay) await restore(experiment);
  const started = Date.now();
  const executed: string[] = [];
  for (const [at, name] of chosen.entries()) {
    const output = await runOne(experiment, options, name, `[${at + 1}/${chosen.length}] ${name}`, stop.signal);
    if (output === undefined) {
      // What an interrupted preset of hours has finished can be committed, and goes on from there in any clone.
      const spent = (Date.now() - started) / 1000;
      if (stop.signal.aborted && options.publish) await publishFinished(experiment, executed, spent);
      return stop.signal.aborted ? 130 : 1;
    }
    executed.push(output);
  }
  await report(experiment, options, executed, (Date.now() - started) / 1000);
  return 0;
}

async function forget({ store, paths, preset }: Experiment): Promise<void> {
  await store.clear();
  await rm(join(paths.run(preset.name), "notebooks"), { recursive: true, force: true });
}

async function restore(experiment: Experiment): Promise<void> {
  const names = await restoreStages(experiment);
  for (const run of otherRuns(experiment)) await restoreStages(run);
  const what = names.length > 0 ? names.join(", ") : "nothing that fits this preset, seed and code, or all is there";
  process.stdout.write(`From results/${experiment.preset.name}/stages: ${what}\n`);
}

async function runOne(
  experiment: Experiment,
  { preset, seed, workers }: ReproduceOptions,
  name: string,
  title: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { paths } = experiment;
  const folder = join(paths.run(experiment.preset.name), "notebooks");
  const output = join(folder, name);
  await mkdir(folder, { recursive: true });
  const key = await executionKey(experiment, join(paths.notebooks, name));
  if (existsSync(experiment.store.root) && (await isExecuted(experiment, output, key))) {
    process.stdout.write(`${title}: executed before, nothing changed since\n`);
    return output;
  }
  const run = await runNotebook({
    path: join(paths.notebooks, name),
    output,
    parameters: { preset, seed },
    env: { ...process.env, RECLM_PROGRESS: "lines", RECLM_WORKERS: String(workers), TF_CPP_MIN_LOG_LEVEL: "3" },
    onEvent: terminalView(title, process.stdout),
    signal,
  });
  if (run.ok) {
    await rememberExecuted(experiment, output, key);
    return output;
  }
  const partial = relative(paths.root, output);
  const reason = run.failure ? failureText(run.failure) : "stopped";
  process.stderr.write(
    `\n${reason}\nThe partial notebook is ${partial}; finished stages are kept: run the command again to continue.\n`,
  );
  return undefined;
}

async function report(
  experiment: Experiment,
  options: ReproduceOptions,
  executed: readonly string[],
  seconds: number,
): Promise<void> {
  const { paths, preset } = experiment;
  if (executed.length < (await notebooksOfPreset(experiment)).length) {
    process.stdout.write(
      `\nDone in ${seconds.toFixed(0)} s: ${executed.map((path) => relative(paths.root, path)).join(", ")}\n`,
    );
    if (options.publish) await publishFinished(experiment, executed, seconds);
    return;
  }
  const folder = join(paths.run(preset.name), "results");
  await rm(folder, { recursive: true, force: true });
  const written = await writeResults(experiment, executed, folder);
  await writeJson(join(folder, "run.json"), await runRecord(experiment, executed, seconds));
  process.stdout.write(`\n${written.text}\n\n`);
  process.stdout.write(`Tables:  ${relative(paths.root, folder)}/ (Markdown, CSV, JSON, run record)\n`);
  process.stdout.write(`Figures: ${relative(paths.root, join(folder, "figures"))}/ (${written.figures.length} PNG)\n`);
  process.stdout.write(`Executed notebooks: ${relative(paths.root, join(paths.run(preset.name), "notebooks"))}/\n`);
  process.stdout.write(`Done in ${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s.\n`);
  if (options.publish) await publishRun(experiment, executed, seconds);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  },
);
