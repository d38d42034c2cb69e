import { join } from "node:path";
import {
  columnsOf,
  csrOfPairs,
  labelled,
  matrixOf,
  readFloats,
  transposed,
  writeNumbers,
  type Csr,
  type Json,
  type Matrix,
  type StageCodec,
} from "../../core";
import {
  csrOfRows,
  itemText,
  minus,
  positives,
  snapshotSplit,
  statisticsOf,
  temporalSplit,
  testViewOf,
  validationCut,
  wholeSetOf,
  type Catalogue,
  type Interactions,
  type Split,
  type SplitStatistics,
  type TestView,
  type TrainView,
  type WholeSet,
} from "../../data";
import { historiesOf, type Histories } from "../../prompts";
import { loadSource, readSource, saveSource, sourceHash, type SourceData } from "./dataSources";
import { encodeTexts } from "./embeddings";
import type { Experiment } from "../experiment";
import { defineStage, type Stage } from "../stage";

/** Everything that later stages know of the data. */
export interface PreparedData {
  /** For captions: "ml-100k". */
  readonly name: string;
  readonly notes: readonly string[];
  readonly catalogue: Catalogue;
  /** All ratings; of two snapshots the first. */
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
  readonly source: SourceData;
  readonly itemText: Matrix;
}

/** Import, sample, split (Sec. 3.1), and the item texts' embeddings (Eq. 1). */
export const dataStage: Stage<PreparedData> = defineStage<PreparedData, Made>({
  name: "data",
  version: 2,
  notebook: "01-data",
  takesSeconds: true,
  inputs: (experiment) => ({
    source: experiment.preset.data.source,
    file: sourceHash(experiment),
    ...readingOf(experiment),
    sample: experiment.preset.data.sample ?? null,
    minRating: experiment.preset.data.minRating,
    split: { ...experiment.preset.split },
    fold: experiment.preset.fold,
    encoder: experiment.encoder.hash,
    seed: experiment.seed,
  }),
  codec: dataCodec,
  compute: async (experiment, _work, control) => {
    const source = await readSource(experiment);
    const { catalogue } = source.dataset;
    const texts = Array.from({ length: catalogue.size }, (_, item) => itemText(catalogue.item(item)));
    return { source, itemText: await encodeTexts(experiment, texts, labelled(control, "item texts")) };
  },
});

/** How files of one's own are read, and what their items are called; nothing for the other sources. */
function readingOf({ preset }: Experiment): { readonly [key: string]: Json } {
  const { files, words } = preset.data;
  const form = ({ file: _, ...rest }: { readonly file: string }): Json => JSON.parse(JSON.stringify(rest)) as Json;
  return {
    ...(files ? { files: [form(files.interactions), form(files.items)] } : {}),
    ...(words ? { words: { ...words, bands: [...words.bands] } } : {}),
  };
}

/** The split and its views, computed anew from the data: they are pure functions of it. */
function prepared(experiment: Experiment, { source, itemText }: Made): PreparedData {
  const { dataset, second } = source;
  const { minRating } = experiment.preset.data;
  const { interactions, catalogue } = dataset;
  const liked = positives(interactions, { minRating });
  const { seed } = experiment;
  const { fold } = experiment.preset;
  const { validationShare } = experiment.preset.split;
  const split = second
    ? snapshotSplit(liked, second.interactions, { ...second, validationShare })
    : temporalSplit(liked, { ...experiment.preset.split, fold, seed });
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
    trainView: validationCut(split, { seed }),
    wholeSet: wholeSetOf(split),
    testView: testViewOf(split),
    coldItems: split.coldItems,
    histories: historiesOf(liked, shown),
    shown,
    usersOf: transposed(shown),
    known: knownPairs(split, interactions, second !== undefined),
    itemText,
  };
}

/** Of snapshots, pairs of the second that the first has already are in its training pairs. */
function knownPairs(split: Split, { users, items }: Interactions, isSnapshot: boolean): Csr {
  const { userCount, itemCount, train, test } = split;
  if (!isSnapshot) return csrOfPairs(userCount, itemCount, users, items);
  const rows = Array.from({ length: userCount }, (_, user) => [...columnsOf(train, user), ...columnsOf(test, user)]);
  return csrOfRows(rows, itemCount);
}

function dataCodec(experiment: Experiment): StageCodec<PreparedData, Made> {
  return {
    save: async (folder, { source, itemText }) => {
      await saveSource(folder, source);
      await writeNumbers(join(folder, "item-text.f32"), itemText.data);
    },
    load: async (folder) => {
      const source = await loadSource(folder);
      const numbers = await readFloats(join(folder, "item-text.f32"));
      const rows = source.dataset.catalogue.size;
      return prepared(experiment, { source, itemText: matrixOf(rows, numbers.length / rows, numbers) });
    },
  };
}
