import { join } from "node:path";
import { hashJson, jsonCodec, keptJson, labelled, processorName, seedOf, type JobControl, type Json } from "../../core";
import { recommenders, Training, unaugmented, type Augment, type RecommenderName } from "../../recommenders";
import type { Experiment } from "../experiment";
import type { TimedSize } from "../presets/preset";
import type { DataSize } from "../presets/dataSize";
import { placeholderFeatures, sizedTrainingSet } from "./sizedData";
import { defineStage, type Stage } from "../stage";

/** Seconds of training epochs, negative sampling included, evaluation not. */
export interface EpochTimes {
  readonly size: DataSize;
  readonly recommender: RecommenderName;
  /** One a round; base and augmented epochs alternate. */
  readonly base: readonly number[];
  readonly augmented: readonly number[];
  /** What they were measured on, which need not be the machine that shows them; absent in timings made before it was written down. */
  readonly processor?: string;
}

/** Table 3: what profiles cost in training time, on data of the paper's sizes with placeholder vectors. */
export const efficiencyStage: Stage<readonly EpochTimes[]> = defineStage<readonly EpochTimes[]>({
  name: "efficiency",
  version: 1,
  notebook: "10-efficiency",
  inputs: (experiment) => ({
    settings: JSON.parse(JSON.stringify(experiment.preset.efficiency)) as Json,
    seed: experiment.seed,
  }),
  codec: jsonCodec<readonly EpochTimes[] & Json>(),
  compute: async (experiment, work, control) => {
    const { sizes } = experiment.preset.efficiency;
    const names = Object.keys(recommenders) as RecommenderName[];
    const jobs = sizes.flatMap((size) => names.map((recommender) => ({ size, recommender })));
    const times: EpochTimes[] = [];
    for (const { size, recommender } of jobs) {
      const label = `${recommender} at the size of ${size.name} (${times.length + 1} of ${jobs.length})`;
      const kept = join(work, `${recommender}-${times.length}`);
      const run = () => timesOf(experiment, size, recommender, kept, { control, label });
      times.push(await keptJson(`${kept}.json`, run));
    }
    return times;
  },
});

/**
 * Every round is kept in a file of its own, as some take ten minutes; warm-up rounds are run again by whoever goes on, and all of them
 * on another processor.
 */
async function timesOf(
  { preset, seed }: Experiment,
  size: TimedSize,
  recommender: RecommenderName,
  kept: string,
  { control, label }: { readonly control: JobControl; readonly label: string },
): Promise<EpochTimes> {
  const { batch } = preset.efficiency;
  const { rounds, warmUp } = size;
  const set = sizedTrainingSet(size, seed);
  const features = placeholderFeatures(size, seed);
  const options = { seed: seedOf(seed, "efficiency", recommender), batch, learningRate: 1e-3 };
  const trainingOf = (augment: Augment): Training =>
    new Training(recommenders[recommender](augment), set, features, options);
  const [base, augmented] = [trainingOf(unaugmented), trainingOf({ user: true, item: true })];
  const processor = processorName();
  const times = { base: [] as number[], augmented: [] as number[], processor };
  const rounded = `${kept}-${hashJson(processor).slice(0, 8)}`;
  for (let round = 0; round < warmUp + rounds; round++) {
    const of = (variant: string) => labelled(control, `${label}, round ${round + 1} of ${warmUp + rounds}, ${variant}`);
    const run = async () => ({
      own: await secondsOf(base, of("Base")),
      theirs: await secondsOf(augmented, of("Augmented")),
    });
    const { own, theirs } = round < warmUp ? await run() : await keptJson(`${rounded}-round-${round}.json`, run);
    control.progress?.({ label, done: round + 1, total: warmUp + rounds, unit: "rounds" });
    if (round < warmUp) continue;
    times.base.push(own);
    times.augmented.push(theirs);
  }
  return { size, recommender, ...times };
}

async function secondsOf(training: Training, control: JobControl): Promise<number> {
  const started = performance.now();
  await training.runEpoch(control);
  return (performance.now() - started) / 1000;
}
