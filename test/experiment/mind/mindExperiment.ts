import { join } from "node:path";
import type { TestContext } from "node:test";
import { pathsOfClone, presetOf, type Experiment, type Preset } from "reclm/experiment";
import { cloneFolder as tinyCloneFolder } from "../../data/recLmClone";
import { benchOf } from "../bench";

/** The preset "mind", or another one of MIND's data, on a tiny clone. */
export async function mindExperiment(
  t: TestContext,
  without: readonly string[] = [],
  preset: Preset = presetOf("mind"),
): Promise<Experiment> {
  const root = await tinyCloneFolder(t, without);
  const before = process.env["RECLM_CLONE"];
  process.env["RECLM_CLONE"] = root;
  t.after(() => {
    if (before === undefined) delete process.env["RECLM_CLONE"];
    else process.env["RECLM_CLONE"] = before;
  });
  const encoder = { path: join(pathsOfClone().models, "all-MiniLM-L6-v2"), hash: "encoder" };
  const bench = benchOf({ preset, encoder });
  t.after(() => bench.dispose());
  return bench.experiment;
}
