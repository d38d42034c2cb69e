import { join } from "node:path";
import {
  csrOfPairs,
  labelled,
  matrixOf,
  readFloats,
  transposed,
  writeNumbers,
  type Csr,
  type Matrix,
  type StageCodec,
} from "../core";
import {
  itemText,
  loadDataset,
  minus,
  positives,
  readRecBole,
  sampleDataset,
  saveDataset,
  statisticsOf,
  temporalSplit,
  testViewOf,
  validationCut,
  wholeSetOf,
  type Catalogue,
  type Dataset,
  type Interactions,
  type Split,
  type SplitStatistics,
  type TestView,
  type TrainView,
  type WholeSet,
} from "../data";
import { historiesOf, type Histories } from "../prompts";
import { encodeTexts } from "./embeddings";
import type { Experiment } from "./experiment";
import { fileHashSync } from "./fileHash";
import { defineStage, type Stage } from "./stage";
import { syntheticDataset } from "./synthetic";

/** Everything that later stages know of the data. */
export interface PreparedData {
  /** For captions: "ml-100k". */
  readonly name: string;
  readonly notes: readonly string[];
  readonly catalogue: Catalogue;
  /** All ratings. */
  readonly interactions: Interactions;
  /** Those that count as positives. */
  readonly positives: Interactions;
  readonly fold: number;
  readonly split: Split;
  readonly statistics: SplitStatistics;
  /** For choosing epochs. */
  readonly trainView: TrainView;
  /** For the training that is tested. */
  readonly wholeSet: WholeSet;
  /** For the test alone. */
  readonly testView: TestView;
  readonly coldItems: Int32Array;
  /** Training items of each user without validation, oldest first: all that prompts and profiles may show. */
  readonly histories: Histories;
  /** [U x I] the same pairs. */
  readonly shown: Csr;
  /** [I x U] the same pairs, by item. */
  readonly usersOf: Csr;
  /** [U x I] every rating known, whatever its value or time: what a dialogue must not call "No". */
  readonly known: Csr;
  /** [I, d] item text embeddings. */
  readonly itemText: Matrix;
}

interface Made {
  readonly dataset: Dataset;
  readonly itemText: Matrix;
}

/** Import, sample, split (Sec. 3.1), and the item texts' embeddings (Eq. 1). */
export const dataStage: Stage<PreparedData> = defineStage<PreparedData, Made>({
  name: "data",
  version: 2,
  notebook: "01-data",
  inputs: (experiment) => ({
    source: experiment.preset.data.source,
    file: sourceHash(experiment),
    sample: experiment.preset.data.sample ?? null,
    minRating: experiment.preset.data.minRating,
    split: { ...experiment.preset.split },
    fold: experiment.preset.fold,
    encoder: experiment.encoder.hash,
    seed: experiment.seed,
  }),
  codec: dataCodec,
  compute: async (experiment, _work, control) => {
    const dataset = await readSource(experiment);
    const texts = Array.from({ length: dataset.catalogue.size }, (_, item) => itemText(dataset.catalogue.item(item)));
    return { dataset, itemText: await encodeTexts(experiment, texts, labelled(control, "item texts")) };
  },
});

async function readSource(experiment: Experiment): Promise<Dataset> {
  const { source, sample, minRating } = experiment.preset.data;
  const { seed } = experiment;
  const whole =
    source === "synthetic"
      ? syntheticDataset({ users: 36, items: 60, seed })
      : await readRecBole(rawFolder(experiment));
  return sample ? sampleDataset(whole, { ...sample, seed, minRating }) : whole;
}

function rawFolder(experiment: Experiment): string {
  return join(experiment.paths.raw, "ml-100k");
}

function sourceHash(experiment: Experiment): string {
  if (experiment.preset.data.source === "synthetic") return "synthetic";
  const folder = rawFolder(experiment);
  return [fileHashSync(join(folder, "ml-100k.inter")), fileHashSync(join(folder, "ml-100k.item"))].join(" ");
}

/** The split and its views, computed anew from the data: they are pure functions of it. */
function prepared(experiment: Experiment, { dataset, itemText }: Made): PreparedData {
  const { minRating } = experiment.preset.data;
  const { interactions, catalogue } = dataset;
  const liked = positives(interactions, { minRating });
  const fold = experiment.preset.fold;
  const split = temporalSplit(liked, { ...experiment.preset.split, fold, seed: experiment.seed });
  const shown = minus(split.train, split.validation);
  return {
    name: dataset.name,
    notes: dataset.notes,
    catalogue,
    interactions,
    positives: liked,
    fold,
    split,
    statistics: statisticsOf(split),
    trainView: validationCut(split, { seed: experiment.seed }),
    wholeSet: wholeSetOf(split),
    testView: testViewOf(split),
    coldItems: split.coldItems,
    histories: historiesOf(liked, shown),
    shown,
    usersOf: transposed(shown),
    known: csrOfPairs(split.userCount, split.itemCount, interactions.users, interactions.items),
    itemText,
  };
}

function dataCodec(experiment: Experiment): StageCodec<PreparedData, Made> {
  return {
    save: async (folder, { dataset, itemText }) => {
      await saveDataset(folder, dataset);
      await writeNumbers(join(folder, "item-text.f32"), itemText.data);
    },
    load: async (folder) => {
      const dataset = await loadDataset(folder);
      const numbers = await readFloats(join(folder, "item-text.f32"));
      const rows = dataset.catalogue.size;
      return prepared(experiment, { dataset, itemText: matrixOf(rows, numbers.length / rows, numbers) });
    },
  };
}
