import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prngOf, randomInt } from "reclm/core";
import { paths, root } from "../../scripts/setup/project.mjs";
import { Peer } from "../peer.mjs";
import { benchPython } from "../python.mjs";
import { loadText, machine, mergeCases, publish, stamp, tablesByProcessor } from "../report.mjs";
import { alternate } from "../rounds.mjs";
import { median, medianInterval } from "../statistics.mjs";

const VOCABULARY = 49152;
/** Largest difference of the two sides' losses, in nats: they do the same work. */
const AGREEMENT = 1e-4;

/** In the order of the memory they take, so that what an allocator keeps of one hides nothing of the next. */
const shapes = [
  { length: 512, batch: 1 },
  { length: 1024, batch: 1 },
  { length: 512, batch: 4 },
];
const cases = [
  ...shapes.flatMap((shape) => [
    { ...shape, share: 0.1, recompute: false, goal: 1.2 },
    { ...shape, share: 1, recompute: false, goal: 1.05 },
  ]),
  ...shapes.map((shape) => ({ ...shape, share: 0.1, recompute: true })),
];

const nameOf = ({ length, batch, share, recompute }) =>
  `${length}x${batch}, ${share * 100}% supervised${recompute ? ", activations recomputed" : ""}`;

/** Dialogues of random tokens whose last `share` is supervised; the same for both sides, others in every round. */
function dialoguesOf({ length, batch, share }, round) {
  const prng = prngOf(1, "bench", "dialogues", round);
  const from = length - Math.round(share * length);
  return Array.from({ length: batch }, () => ({
    ids: Array.from({ length }, () => randomInt(prng, VOCABULARY)),
    mask: Array.from({ length }, (_, t) => (t >= from ? 1 : 0)),
  }));
}

/** LoRA steps (forward, backward, AdamW) of this project against PyTorch + PEFT. */
export async function run({ filter = "", ...options }) {
  const folder = mkdtempSync(join(tmpdir(), "reclm-bench-"));
  const chosen = cases.filter((one) => nameOf(one).includes(filter));
  try {
    for (const recompute of [false, true]) {
      const part = chosen.filter((one) => one.recompute === recompute);
      if (part.length > 0) await measureAll(part, { ...options, folder, recompute });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Cases that one pair of processes can do, written as they are there. */
async function measureAll(part, { rounds, warmUp, threads, folder, recompute }) {
  const [ours, theirs] = await startBoth(folder, recompute, threads);
  try {
    for (const one of part) {
      const work = (round) => ({ dialogues: dialoguesOf(one, round), forgetPeak: round === 0 });
      const kept = await alternate({ rounds, warmUp }, ours, theirs, work, sameLoss);
      const result = summary({ ...one, threads }, kept, {
        ...machine().versions,
        ...ours.ready.versions,
        ...theirs.ready.versions,
      });
      console.log(rowOf(result).join("  "));
      report(mergeCases("lora", nameOf, cases, result));
    }
  } finally {
    await Promise.all([ours.stop(), theirs.stop()]);
  }
}

async function startBoth(folder, recompute, threads) {
  const settings = {
    model: join(paths.models, "SmolLM2-135M-Instruct.Q8_0.gguf"),
    lora: { rank: 8, alpha: 16, dropout: 0, targets: ["attn_q", "attn_v"] },
    adapterPath: join(folder, "adapter.gguf"),
    learningRate: 1e-4,
    recompute,
    threads,
  };
  const bench = join(root, "bench", "lora");
  const python = benchPython();
  // Ours writes the adapter that theirs begins with.
  const ours = await Peer.start(process.execPath, ["--expose-gc", join(bench, "ours.mjs")], settings);
  return [ours, await Peer.start(python, [join(bench, "peft_peer.py")], settings)];
}

function sameLoss(left, right, round) {
  const difference = Math.abs(left.loss - right.loss);
  if (!(difference <= AGREEMENT)) {
    throw new Error(`Cannot compare: in round ${round} our loss is ${left.loss}, theirs ${right.loss}`);
  }
}

function summary(one, kept, versions) {
  const tokens = one.length * one.batch;
  const rate = (side) => tokens / median(kept.map((pair) => pair[side].seconds));
  const peak = (side) => Math.max(...kept.map((pair) => pair[side].peakMb));
  return {
    name: nameOf(one),
    ...stamp(),
    threads: one.threads,
    goal: one.goal,
    recompute: one.recompute,
    oursTokensPerSecond: rate("left"),
    theirsTokensPerSecond: rate("right"),
    ratio: medianInterval(kept.map(({ left, right }) => right.seconds / left.seconds)),
    cpuRatio: medianInterval(kept.map(({ left, right }) => right.cpuSeconds / left.cpuSeconds)),
    waiting: process.env.OMP_WAIT_POLICY ?? "default",
    oursPeakMb: peak("left"),
    theirsPeakMb: peak("right"),
    largestLossDifference: Math.max(...kept.map(({ left, right }) => Math.abs(left.loss - right.loss))),
    versions,
    rounds: kept.map(({ left, right, load }) => ({
      ours: left.seconds,
      theirs: right.seconds,
      oursCpu: left.cpuSeconds,
      theirsCpu: right.cpuSeconds,
      loss: left.loss,
      load,
    })),
  };
}

function rowOf(result) {
  const { name, goal, oursTokensPerSecond, theirsTokensPerSecond, ratio, cpuRatio, oursPeakMb, theirsPeakMb } = result;
  const text = ({ median, low, high }) => `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  return [
    name,
    oursTokensPerSecond.toFixed(0),
    theirsTokensPerSecond.toFixed(0),
    text(ratio),
    goal === undefined ? "" : `${goal}: ${ratio.low > goal ? "met" : "missed"}`,
    text(cpuRatio),
    oursPeakMb.toFixed(0),
    theirsPeakMb.toFixed(0),
    (oursPeakMb / theirsPeakMb).toFixed(2),
    String(result.rounds.length),
    loadText(result.rounds),
    result.waiting,
  ];
}

function report(results) {
  const header = [
    "step",
    "ours tok/s",
    "PEFT tok/s",
    "ratio (95%)",
    "goal of lower bound",
    "ratio of CPU seconds",
    "ours MB",
    "PEFT MB",
    "MB ratio",
    "rounds",
    "load",
    "OpenMP waits",
  ];
  const difference = Math.max(...results.map(({ largestLossDifference }) => largestLossDifference));
  const text = `# LoRA steps against PyTorch + PEFT

SmolLM2-135M-Instruct, 32-bit floats, LoRA r 8 alpha 16 on attn_q and attn_v; a step is forward, backward and AdamW on
random tokens, length x dialogues. Rounds alternate, after a warm-up; medians; the ratio is the median of the rounds' ratios
with its bootstrap interval, whose lower end a goal is asked of. Peaks are of resident memory (VmHWM) after loading. PEFT recomputes by gradient checkpointing
where ours recomputes. CPU seconds are little influenced by other work on the machine, unless OpenMP's threads wait by spinning, as they do by
default: the last column says how. The two losses differ by at most ${difference.toExponential(0)} nats in any round.

${tablesByProcessor(header, results, rowOf)}
`;
  publish("lora", { cases: results }, text);
}
