// The expected values are what the stages made when their versions were last raised; made by this test with
// RECLM_RECORD_STAGES=1, which refuses to write where a result changed and its version did not.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathsOfClone } from "reclm/experiment";
import type { Bench } from "./bench";
import { recordedStages, type Made } from "./made";
import { encoderMissing, smokeBench } from "./smokeRun";

interface StageRecord extends Made {
  readonly version: number;
  /** Of name, version and inputs, for the smoke preset, seed 1, and files called "model" and "encoder". */
  readonly hash: string;
}

const path = join(pathsOfClone().root, "test", "reference", "experiment", "stage-versions.json");
const writing = process.env["RECLM_RECORD_STAGES"] === "1";
const expected = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, StageRecord | undefined>>;
const found: Record<string, StageRecord> = {};

let bench: Bench;
before(async () => {
  bench = await smokeBench();
});
after(() => {
  bench.dispose();
  if (writing) writeFileSync(path, `${JSON.stringify({ ...expected, ...found }, null, 2)}\n`);
});

for (const { stage, made } of recordedStages) {
  test(`stage "${stage.name}" makes what its version says`, { skip: encoderMissing }, async () => {
    const hash = stage.hash(bench.experiment);
    const now: StageRecord = { version: stage.version, hash, ...(await made(bench.experiment)) };
    const then = expected[stage.name];
    // Under another hash nothing can be mistaken: the record alone is out of date.
    if (then?.version === now.version && then.hash === now.hash) {
      const raise = `raise the version of stage "${stage.name}" (lib/experiment) to ${now.version + 1}`;
      const same = now.digest === then.digest && near(now.numbers, then.numbers);
      assert.ok(
        same,
        `It makes something else than version ${now.version} did, and stored results would be mistaken for new ones: ${raise}; then record.`,
      );
    }
    found[stage.name] = now;
    if (writing) return;
    const record = "RECLM_RECORD_STAGES=1 node --test .cache/test/experiment/versions.test.js";
    assert.equal(now.version, then?.version, `Its version is not the recorded one; record it: ${record}`);
    assert.equal(
      now.hash,
      then?.hash,
      `Its inputs or an earlier stage changed, results get a new name; if that is meant: ${record}`,
    );
  });
}

/** Within a thousandth of the larger one. */
function near(a: readonly number[], b: readonly number[]): boolean {
  return (
    a.length === b.length && a.every((value, i) => Math.abs(value - b[i]!) <= 1e-3 * Math.max(1e-6, Math.abs(b[i]!)))
  );
}
