// Expected values: trainings in this process, whose losses and gradients test/recommenders checks against PyTorch.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { matrixOf, processorName, writeJson, type Json, type ProgressState } from "reclm/core";
import {
  baseStages,
  dataStage,
  fusionStages,
  pathsOfClone,
  profileStage,
  runBases,
  runFusions,
  table1Plan,
  teacherProfiles,
  trainingFile,
  trainingJobs,
  trainRows,
  wishedWorkers,
  type Experiment,
  type TrainingPlan,
} from "reclm/experiment";
import { encoderMissing, smokeBench } from "../smokeRun";

const skip = encoderMissing;

/** Two recommenders, two epochs, and the teacher's profiles in the model's place. */
async function bench(t: TestContext): Promise<{ readonly experiment: Experiment; readonly folder: string }> {
  const made = await smokeBench();
  t.after(() => {
    delete process.env["RECLM_WORKERS"];
    made.dispose();
  });
  const { preset } = made.experiment;
  const recommenders = { ...preset.recommenders, models: ["BiasMF", "LightGCN"] as const, epochs: 2 };
  const experiment: Experiment = { ...made.experiment, preset: { ...preset, recommenders } };
  const teacher = await teacherProfiles(experiment, await dataStage.read(experiment));
  const sides = { user: { set: teacher.user, answers: [] }, item: { set: teacher.item, answers: [] }, teacher };
  const place = profileStage.folder(experiment);
  await writeJson(join(place, "profiles.json"), JSON.parse(JSON.stringify(sides)) as Json);
  await writeJson(join(place, "stage.json"), { seconds: 0 });
  return { experiment, folder: made.folder };
}

test("a row of one seed is trained with that seed alone, the others with each", () => {
  const row = (variant: string): TrainingPlan["rows"][number] => ({
    variant,
    augment: { user: false, item: false },
    features: { itemText: matrixOf(1, 1) },
  });
  const rows = [row("Base"), { ...row("dealt"), seed: 1 }, { ...row("dealt"), seed: 2 }];
  const jobs = trainingJobs({ rows, models: ["BiasMF"], seeds: 2 });
  assert.deepEqual(
    jobs.map((job) => [job.row.variant, job.row.seed, job.seed]),
    [
      ["Base", undefined, 1],
      ["Base", undefined, 2],
      ["dealt", 1, 1],
      ["dealt", 2, 2],
    ],
  );
  assert.equal(new Set(jobs.map((job) => trainingFile("", job))).size, jobs.length);
});

test("processes side by side train what one process trains", { skip }, async (t) => {
  const { experiment, folder } = await bench(t);
  const plan = await table1Plan(experiment);
  let told: ProgressState[] = [];
  const numbers = async (work: string): Promise<Json> => {
    told = [];
    const control = { progress: (state: ProgressState): void => void told.push(state) };
    const measured = await trainRows(experiment, plan, join(folder, work), control);
    for (const { run } of measured) assert.equal(run.processor, processorName());
    return measured.map(
      ({ run: { seconds: _, ...run }, choice }) => JSON.parse(JSON.stringify({ run, choice })) as Json,
    );
  };
  const alone = await numbers("alone");
  const trainings = told.filter(({ unit }) => unit === "trainings");
  assert.equal(trainings.length, trainingJobs(plan).length);
  assert.equal(trainings.at(-1)?.values?.["minutes left"], 0);
  process.env["RECLM_WORKERS"] = "2";
  assert.deepEqual(await numbers("aside"), alone);
  assert.equal((await readdir(join(folder, "aside"))).length, trainingJobs(plan).length);

  for (const job of trainingJobs(plan).slice(1, 4)) await rm(trainingFile(join(folder, "aside"), job));
  assert.deepEqual(await numbers("aside"), alone, "a run that was cut short goes on with what is lacking");
  const each = told.map(({ label, done, total }) => `${label} ${done}/${total}`);
  assert.deepEqual(
    each,
    [1, 2, 3].map((done) => `table-1 in 2 processes ${done}/3`),
    "told once, under one label",
  );
});

test("so do Base and the fusions, a stage a training", { skip }, async (t) => {
  const { experiment } = await bench(t);
  const { preset } = experiment;
  const bases = { ...preset.bases, seeds: 1, epochs: 1 };
  const fusions = { ...preset.fusions, epochs: 2 };
  const small: Experiment = { ...experiment, preset: { ...preset, bases, fusions } };
  const numbers = async (): Promise<Json> => {
    const runs = (await runBases(small)).map(({ test, ...run }) => ({
      ...run,
      test: test.map(({ seconds: _, ...point }) => point),
    }));
    return JSON.parse(JSON.stringify([runs, await runFusions(small)])) as Json;
  };
  process.env["RECLM_WORKERS"] = "2";
  const aside = await numbers();
  const stages = [...baseStages(small), ...fusionStages(small)];
  for (const stage of stages) await rm(stage.folder(small), { recursive: true });
  process.env["RECLM_WORKERS"] = "1";
  assert.deepEqual(aside, await numbers());
});

test("a process that cannot train says which training, and why", { skip }, async (t) => {
  const { experiment, folder } = await bench(t);
  const plan = await table1Plan(experiment);
  await rm(profileStage.folder(experiment), { recursive: true });
  process.env["RECLM_WORKERS"] = "2";
  await assert.rejects(trainRows(experiment, plan, join(folder, "work"), {}), {
    message: /^Cannot train BiasMF, .+, seed 1: Cannot find the result of stage "profiles"/,
  });
});

test("processes that are killed end the run with a message, and keep what is finished", { skip }, async (t) => {
  const { experiment, folder } = await bench(t);
  const plan = await table1Plan(experiment);
  const work = join(folder, "work");
  process.env["RECLM_WORKERS"] = "2";
  const progress = (): void => workerProcesses().forEach((id) => process.kill(id, "SIGKILL"));
  await assert.rejects(trainRows(experiment, plan, work, { progress }), {
    message: /^Cannot train .+: its process ended \(SIGKILL\); finished trainings are kept, run again to go on/,
  });
  assert.ok(trainingJobs(plan).some((job) => existsSync(trainingFile(work, job))));
});

/** From here to the end of the test, every process of the crew says so and ends before it begins. */
async function breakWorkers(t: TestContext, folder: string): Promise<void> {
  const broken = join(folder, "broken.js");
  await writeFile(broken, 'process.stderr.write("x".repeat(10_000) + "\\nno memory left\\n"); process.exit(3);');
  const { NODE_OPTIONS: before } = process.env;
  t.after(() => {
    delete process.env["NODE_OPTIONS"];
    if (before !== undefined) process.env["NODE_OPTIONS"] = before;
  });
  process.env["NODE_OPTIONS"] = `--require ${broken}`;
  process.env["RECLM_WORKERS"] = "2";
}

test("a process that ends by itself leaves its last words in the message", { skip }, async (t) => {
  const { experiment, folder } = await bench(t);
  const plan = await table1Plan(experiment);
  await breakWorkers(t, folder);
  await assert.rejects(trainRows(experiment, plan, join(folder, "work"), {}), ({ message }: Error) => {
    assert.match(message, /^Cannot train .+: its process ended \(3\); .+ It said last:\nx+\nno memory left$/);
    assert.ok(message.length < 4500, "no more than the last words");
    return true;
  });
});

test("text features that all processes need are there before the first begins", { skip }, async (t) => {
  const { experiment, folder } = await bench(t);
  const { preset } = experiment;
  const words: Experiment = { ...experiment, preset: { ...preset, bases: { ...preset.bases, texts: ["tf-idf"] } } };
  await breakWorkers(t, folder);
  await assert.rejects(runBases(words), /no memory left/);
  assert.equal((await readdir(join(experiment.paths.cache, "latent-text"))).length, 1);
});

test("a process refuses another build, outlives Ctrl-C and says that its parent is gone", { skip }, async (t) => {
  const { experiment, folder } = await bench(t);
  const { root } = pathsOfClone();
  const worker = fork(join(root, "lib", "dist", "experiment", "trainingWorker.js"), {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  t.after(() => worker.kill("SIGKILL"));
  let said = "";
  worker.stderr!.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ask = async (): Promise<unknown> => {
    worker.send({ job: 0 });
    return ((await once(worker, "message")) as readonly unknown[])[0];
  };
  const { preset, seed, store, paths, model, encoder } = experiment;
  const list = { list: "table-1", work: join(folder, "work"), build: "another" };
  worker.send({ preset, seed, store: store.root, cache: paths.cache, model, encoder, ...list });
  const refusal = /"failure":"the library was built again since this run loaded it; start anew/;
  assert.match(JSON.stringify(await ask()), refusal);
  worker.kill("SIGINT");
  assert.match(JSON.stringify(await ask()), refusal);
  const ends = Promise.all([once(worker, "exit"), once(worker.stderr!, "end")]);
  worker.disconnect();
  assert.deepEqual((await ends)[0], [0, null]);
  assert.match(said, /Stopped training: the process that gave the order is gone\.\n$/);
});

/** Children of this process that train (Linux). */
function workerProcesses(): readonly number[] {
  const isWorker = (id: string): boolean => {
    try {
      const parent = readFileSync(`/proc/${id}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1];
      return parent === String(process.pid) && readFileSync(`/proc/${id}/cmdline`, "utf8").includes("trainingWorker");
    } catch {
      // It ended in between.
      return false;
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && isWorker(name))
    .map(Number);
}

test("an interrupt ends all processes and keeps what is finished", { skip }, async (t) => {
  const { experiment, folder } = await bench(t);
  const plan = await table1Plan(experiment);
  const work = join(folder, "work");
  process.env["RECLM_WORKERS"] = "2";
  const stop = new AbortController();
  const reason = new Error("interrupted");
  const progress = (): void => stop.abort(reason);
  await assert.rejects(trainRows(experiment, plan, work, { signal: stop.signal, progress }), reason);
  const kept = trainingJobs(plan).filter((job) => existsSync(trainingFile(work, job))).length;
  assert.ok(kept >= 1 && kept < trainingJobs(plan).length, `${kept} trainings are kept`);
});

test("the number of processes is a whole number from 1 to 64", () => {
  assert.equal(wishedWorkers("2"), 2);
  for (const wrong of ["0", "65", "two", "-1", "1.5", ""]) {
    assert.throws(() => wishedWorkers(wrong), { name: "RangeError", message: /Cannot train in .* processes/ });
  }
});
