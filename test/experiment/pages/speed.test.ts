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

test("the README says of speed what the benches measured on an EPYC with AVX-512", () => {
  const page = readFileSync(join(root, "README.md"), "utf8").replace(/\s+/g, " ");
  const { cases } = bench("lora") as { readonly cases: readonly LoraCase[] };
  const steps = cases.filter(({ cpu, recompute }) => cpu.startsWith("AMD EPYC, AVX-512") && !recompute);
  assert.equal(steps.length, 6);
  const speed = span(steps.map(({ ratio }) => ratio.median));
  const memory = span(
    steps.map(({ oursPeakMb, theirsPeakMb }) => oursPeakMb / theirsPeakMb),
    false,
  );
  assert.ok(
    page.includes(`LoRA steps run at ${speed} times the speed of PyTorch with PEFT, in ${memory} of its memory`),
  );
  const { runs } = bench("recommenders") as { readonly runs: readonly Run[] };
  const run = runs.find(({ data, machine }) => data === "mind" && machine.processor === "AMD EPYC, AVX-512")!;
  const [sgl, simGcl] = ["SGL", "SimGCL"].map((name) => {
    const { sides } = run.measured.find(({ model, job }) => model === name && job === "epoch")!;
    return (Math.min(...sides.authors.seconds) / Math.min(...sides.reclm.seconds)).toFixed(1);
  });
  assert.ok(
    page.includes(`epochs of SGL and SimGCL on MIND at ${sgl} and ${simGcl} times that of the authors' formulae`),
  );
});
