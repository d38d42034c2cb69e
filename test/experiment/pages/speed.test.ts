import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/project";

const bench = (name: string): unknown =>
  JSON.parse(readFileSync(join(root, "results", "bench", `${name}.json`), "utf8"));

interface LoraCase {
  readonly cpu: string;
  readonly recompute: boolean;
  readonly ratio: { readonly median: number };
  readonly oursPeakMb: number;
  readonly theirsPeakMb: number;
}

interface Run {
  readonly data: string;
  readonly machine: { readonly processor: string };
  readonly measured: readonly {
    readonly model: string;
    readonly job: string;
    readonly sides: Readonly<Record<"reclm" | "authors", { readonly seconds: readonly number[] }>>;
  }[];
}

/** Least and largest, as the page prints them. */
function span(values: readonly number[], plain = true): string {
  const [least, most] = [Math.min(...values).toFixed(2), Math.max(...values).toFixed(2)];
  return `${plain ? least : least.slice(1)} to ${plain ? most : most.slice(1)}`;
}

/** Ranges of the LoRA bench without recomputation on such a processor: speed and memory beside PEFT's. */
function loraSpans(processor: string): { readonly speed: string; readonly memory: string } {
  const { cases } = bench("lora") as { readonly cases: readonly LoraCase[] };
  const steps = cases.filter(({ cpu, recompute }) => cpu.startsWith(processor) && !recompute);
  assert.equal(steps.length, 6);
  return {
    speed: span(steps.map(({ ratio }) => ratio.median)),
    memory: span(
      steps.map(({ oursPeakMb, theirsPeakMb }) => oursPeakMb / theirsPeakMb),
      false,
    ),
  };
}

/** How many times as fast epochs of SGL and SimGCL are on MIND as the authors' formulae. */
function contrastiveSpeeds(processor: string): string {
  const { runs } = bench("recommenders") as { readonly runs: readonly Run[] };
  const run = runs.find(({ data, machine }) => data === "mind" && machine.processor === processor)!;
  const speeds = ["SGL", "SimGCL"].map((name) => {
    const { sides } = run.measured.find(({ model, job }) => model === name && job === "epoch")!;
    return (Math.min(...sides.authors.seconds) / Math.min(...sides.reclm.seconds)).toFixed(1);
  });
  return speeds.join(" and ");
}

test("the README says of speed what the benches measured on EPYCs with AVX-512 and AVX2", () => {
  const page = readFileSync(join(root, "README.md"), "utf8").replace(/\s+/g, " ");
  const [wide, narrow] = ["AMD EPYC, AVX-512", "AMD EPYC, AVX2"] as const;
  for (const words of [
    `LoRA steps run at ${loraSpans(wide).speed} times the speed of PyTorch with PEFT, in ${loraSpans(wide).memory} of its memory`,
    `epochs of SGL and SimGCL on MIND at ${contrastiveSpeeds(wide)} times that of the authors' formulae`,
    `with AVX2 steps at ${loraSpans(narrow).speed} times, in ${loraSpans(narrow).memory}, and epochs at ${contrastiveSpeeds(narrow)} times`,
  ]) {
    assert.ok(page.includes(words), words);
  }
});
