// This project's side of the benchmark: answers {"job": "epoch" or "rank", "model": …} with seconds. Its argument: {"folder": …}.
import { createInterface } from "node:readline";
import metrics from "reclm/metrics";
import recommenders from "reclm/recommenders";
import { readData } from "./data.mjs";

const { set, features, evaluation } = readData(JSON.parse(process.argv.at(-1)).folder);
const trainings = new Map();
console.log(JSON.stringify({ ready: true }));

for await (const line of createInterface({ input: process.stdin })) {
  const { job, model } = JSON.parse(line);
  const training = trainingOf(model);
  const [started, before] = [performance.now(), process.cpuUsage()];
  const value = job === "epoch" ? await training.runEpoch() : ranked(training);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - started) / 1000;
  const peakMB = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, value, peakMB }));
}

function trainingOf(model) {
  const known = trainings.get(model);
  if (known) return known;
  // One at a time, so that its memory is its own.
  trainings.clear();
  const options = { seed: 421, batch: 4096, learningRate: 1e-3 };
  const training = new recommenders.Training(recommenders.recommenders[model](), set, features, options);
  trainings.set(model, training);
  return training;
}

function ranked(training) {
  return Object.values(metrics.evaluate(training.freeze().scorer, evaluation).mean);
}
