import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir, loadavg } from "node:os";
import { join } from "node:path";
import { paths, root } from "../../scripts/setup/project.mjs";
import { Peer } from "../peer.mjs";
import { loadText, machine, mergeCases, publish, stamp, tablesByProcessor } from "../report.mjs";
import { median } from "../statistics.mjs";

const RESPONSES = 16;
const cases = [{ name: "16 responses, 4 epochs, micro-batches of 4", microBatch: 4 }];
const nameOf = ({ name }) => name;
const parts = ["rollout", "reward", "policyAndReference", "learning"];

/** One PPO update of the real model, split into rollout, scoring and learning. */
export async function run(options) {
  for (const one of cases) {
    const result = await measure(one, options);
    report(mergeCases("ppo", nameOf, cases, result));
  }
}

async function measure(one, { rounds, warmUp, threads }) {
  const workFolder = mkdtempSync(join(tmpdir(), "reclm-bench-"));
  const settings = {
    model: join(paths.models, "SmolLM2-135M-Instruct.Q8_0.gguf"),
    workFolder,
    responses: RESPONSES,
    microBatch: one.microBatch,
    promptTokens: 350,
    maxTokens: 60,
    threads,
    steps: warmUp + rounds,
  };
  const script = join(root, "bench", "ppo", "ours.mjs");
  const ours = await Peer.start(process.execPath, ["--expose-gc", script], settings);
  try {
    const all = [];
    for (let round = 0; round < warmUp + rounds; round++) {
      const load = loadavg()[0];
      all.push({ ...(await ours.ask({ forgetPeak: round === 0 })), load });
    }
    const kept = all.slice(warmUp);
    const { versions, ...prompts } = ours.ready;
    return {
      name: one.name,
      ...stamp(),
      threads,
      versions: { ...machine().versions, ...versions },
      prompts,
      rounds: kept,
    };
  } finally {
    await ours.stop();
    rmSync(workFolder, { recursive: true });
  }
}

function rowOf({ name, rounds }) {
  const seconds = (of) => median(rounds.map(of));
  const total = seconds((round) => parts.reduce((sum, part) => sum + round[part], 0));
  return [
    name,
    ...parts.map((part) => {
      const own = seconds((round) => round[part]);
      return `${own.toFixed(1)} s (${((100 * own) / total).toFixed(0)}%)`;
    }),
    `${total.toFixed(1)} s`,
    seconds((round) => round.tokens).toFixed(0),
    Math.max(...rounds.map(({ peakMb }) => peakMb)).toFixed(0),
    String(rounds.length),
    loadText(rounds),
  ];
}

function report(results) {
  const header = [
    "update",
    "rollout",
    "reward",
    "policy and reference",
    "learning",
    "all",
    "tokens",
    "MB",
    "rounds",
    "load",
  ];
  const { prompts } = results[0];
  const text = `# One PPO update

SmolLM2-135M-Instruct, LoRA r 4 on attn_q and attn_v for policy and reward model, ${RESPONSES} prompts of about 350 tokens that share their first
${prompts.shared}, up to 60 new tokens at temperature 0.9. Rollout: the adapter as a file, a new engine, node-llama-cpp. Scoring: the reward model, then
log-probabilities and values of the policy and log-probabilities of the reference. Learning: 4 epochs, each one mini-batch of ${RESPONSES}.
Medians of the rounds after the warm-up; "tokens" are prompts and answers together.

${tablesByProcessor(header, results, rowOf)}
`;
  publish("ppo", { cases: results }, text);
  console.log(text);
}
