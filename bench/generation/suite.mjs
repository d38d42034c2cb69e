import { join } from "node:path";
import { paths, root } from "../../scripts/setup/project.mjs";
import { Peer } from "../peer.mjs";
import { loadText, machine, mergeCases, publish, stamp, tablesByProcessor } from "../report.mjs";
import { alternate } from "../rounds.mjs";
import { median, medianInterval } from "../statistics.mjs";
import { commonLength, profilePrompts, withoutCommonBeginning } from "../texts.mjs";

const modelPath = join(paths.models, "SmolLM2-135M-Instruct.Q8_0.gguf");
const PROMPTS = 16;
const common = { modelPath, sequences: 8, contextTokens: 512 };

const cases = [
  { name: "nothing in common, no sharing", shared: false, sharePrefix: false, goal: 0.9 },
  { name: "system text in common, within a sequence (default)", shared: true, sharePrefix: true, goal: 1 },
  { name: "system text in common, over the list", shared: true, sharePrefix: "list", goal: 1 },
];
const nameOf = ({ name }) => name;

/** This project's generator against a plain loop over node-llama-cpp: same prompts, sampling, seeds, sequences and threads. */
export async function run({ filter = "", ...options }) {
  const raw = await Peer.start(process.execPath, [join(root, "bench", "generation", "raw.mjs")], {
    ...common,
    threads: options.threads,
  });
  try {
    for (const one of cases.filter(({ name }) => name.includes(filter))) {
      const result = await measure(one, raw, options);
      console.log(rowOf(result).join("  "));
      report(mergeCases("generation", nameOf, cases, result));
    }
  } finally {
    await raw.stop();
  }
}

async function measure(one, raw, { rounds, warmUp, threads }) {
  const script = join(root, "bench", "generation", "ours.mjs");
  const ours = await Peer.start(process.execPath, [script], { ...common, threads, sharePrefix: one.sharePrefix });
  try {
    const prompts = await promptsOf(one);
    const work = (round) => ({ prompts: prompts.map((ids) => [...ids]), seed: 1000 * round, maxTokens: 40 });
    const kept = await alternate({ rounds, warmUp }, ours, raw, work, sameAmount);
    return summary({ ...one, threads }, prompts, kept);
  } finally {
    await ours.stop();
  }
}

async function promptsOf({ shared }) {
  const prompts = await profilePrompts(modelPath, PROMPTS, 320, 2);
  return shared ? prompts : withoutCommonBeginning(prompts);
}

/** Rounding makes the texts differ, and with them how much is written before an answer ends by itself. */
function sameAmount(left, right) {
  return Math.abs(left.newTokens - right.newTokens) <= 0.1 * right.newTokens;
}

function summary(one, prompts, kept) {
  const rate = (side) => median(kept.map((pair) => pair[side].newTokens / pair[side].seconds));
  return {
    name: one.name,
    ...stamp(),
    threads: one.threads,
    goal: one.goal,
    promptTokens: prompts.reduce((sum, { length }) => sum + length, 0),
    commonTokens: commonLength(prompts),
    oursTokensPerSecond: rate("left"),
    rawTokensPerSecond: rate("right"),
    ratio: medianInterval(
      kept.map(({ left, right }) => left.newTokens / left.seconds / (right.newTokens / right.seconds)),
    ),
    // New tokens by CPU seconds: little influenced by other work on the machine where a side has one thread.
    cpuRatio: medianInterval(
      kept.map(({ left, right }) => left.newTokens / left.cpuSeconds / (right.newTokens / right.cpuSeconds)),
    ),
    versions: machine().versions,
    rounds: kept.map(({ left, right, load }) => ({ ours: left, raw: right, load })),
  };
}

function rowOf(result) {
  const { name, promptTokens, commonTokens, oursTokensPerSecond, rawTokensPerSecond, ratio, cpuRatio, goal } = result;
  const text = ({ median, low, high }) => `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  return [
    name,
    `${promptTokens} (${commonTokens})`,
    oursTokensPerSecond.toFixed(1),
    rawTokensPerSecond.toFixed(1),
    text(ratio),
    `${goal}: ${ratio.median > goal ? "met" : "missed"}`,
    text(cpuRatio),
    String(result.threads),
    String(result.rounds.length),
    loadText(result.rounds),
  ];
}

function report(results) {
  const header = [
    "prompts",
    "tokens (in common)",
    "ours tok/s",
    "raw tok/s",
    "ratio (95%)",
    "goal of median",
    "ratio of CPU seconds (95%)",
    "threads",
    "rounds",
    "load",
  ];
  const text = `# Generation against a plain loop over node-llama-cpp

SmolLM2-135M-Instruct as Q8_0, ${PROMPTS} prompts, ${common.sequences} sequences, up to 40 new tokens at temperature 0.9, nothing cut off, same seeds. tok/s are
new tokens by all seconds, prompts included. The raw loop gives each free sequence the next prompt and evaluates it whole. Rounds
alternate, after a warm-up; a round whose sides wrote amounts more than 10% apart is made again with other seeds. The
ratio is the median of the rounds' ratios, of which a goal is asked, with its bootstrap interval.

${tablesByProcessor(header, results, rowOf)}
`;
  publish("generation", { cases: results }, text);
}
