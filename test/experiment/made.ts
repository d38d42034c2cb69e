import { hashJson, type Json } from "reclm/core";
import {
  ablatedVariants,
  ablationStage,
  accuracyColumns,
  baseStageOf,
  dataStage,
  dialogueStage,
  distillationStage,
  efficiencyStage,
  floorsStage,
  fusionStageOf,
  gatedAblationStage,
  instructionStage,
  maskEvidenceStage,
  maskStage,
  naiveSingleTurnStage,
  naiveTwoTurnStage,
  neighbourStage,
  policyEvidenceStage,
  policyStage,
  preferenceStage,
  profileStage,
  qualityStage,
  rewardStage,
  secondTurnStage,
  table1Stage,
  variantTextStageOf,
  type Accuracy,
  type Experiment,
  type PolicyEvidence,
  type Setting,
  type Stage,
  type Tuned,
} from "reclm/experiment";

/** What a stage made: a digest of all that is exact, and numbers that other processors may round otherwise. */
export interface Made {
  readonly digest: string;
  readonly numbers: readonly number[];
}

/** Runs a stage and sums up its result; what llama.cpp sampled from a random model is counted, not read. */
export interface Recorded {
  readonly stage: Stage<unknown>;
  readonly made: (experiment: Experiment) => Promise<Made>;
}

function recorded<T>(
  stage: Stage<T>,
  exact: (value: T) => unknown,
  numbers: (value: T) => readonly number[] = () => [],
) {
  const made = async (experiment: Experiment): Promise<Made> => {
    const value = await stage.run(experiment);
    const json = JSON.parse(JSON.stringify(exact(value), plain)) as Json;
    return { digest: hashJson(json).slice(0, 16), numbers: numbers(value).map((n) => Number(n.toPrecision(6))) };
  };
  return { stage, made };
}

function plain(_: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) ? Array.from(value as Int32Array) : value;
}

const losses = ({ steps, heldOut }: Tuned): readonly number[] => [...steps, ...heldOut].map(({ loss }) => loss);
/** What was asked of a policy: its answers are sampled from a random model. */
const evidence = ({ name, users, texts }: PolicyEvidence) => ({ name, users, answers: texts.length });
const tuning = ({ config, examples, steps }: Tuned) => ({ config, examples, tokens: steps.map((step) => step.tokens) });

/** Every stage with what is written down of its result. */
export const recordedStages: readonly Recorded[] = [
  recorded(dataStage, ({ split, histories, known, trainView, testView, statistics }) => {
    return { split, histories, known, trainView, testView, statistics };
  }),
  recorded(
    neighbourStage,
    ({ neighbours, heldOut }) => ({ users: neighbours.users, heldOut }),
    ({ losses: all }) => all,
  ),
  recorded(instructionStage, (instructions) => instructions),
  recorded(distillationStage, tuning, losses),
  recorded(dialogueStage, (dialogues) => dialogues),
  recorded(maskStage, tuning, losses),
  recorded(qualityStage, (quality) =>
    quality.map(({ variant, temperature, answers }) => ({ variant, temperature, asked: answers.map((a) => a.index) })),
  ),
  recorded(
    secondTurnStage,
    ({ dialogues, models, unable }) => ({ dialogues, unable, variants: models.map(({ variant }) => variant) }),
    ({ baselines }) => baselines.flatMap(({ scores }) => scores),
  ),
  recorded(profileStage, ({ teacher, user, item }) => {
    return { teacher, asked: user.answers.map((a) => a.index), items: item.set.profiles.length };
  }),
  recorded(
    table1Stage,
    ({ table }) => ({ sizes: table.sizes, rows: table.runs.map((run) => [run.recommender, run.variant, run.fold]) }),
    ({ table }) =>
      accuracies(table.runs.filter(({ recommender, variant }) => recommender === "floor" || variant === "Base")),
  ),
  recorded(preferenceStage, (preferences) => preferences),
  recorded(
    rewardStage,
    ({ config, judged, steps, reference }) => {
      return {
        config,
        pairs: judged.map(({ kind }) => kind),
        tokens: steps.map((step) => step.tokens),
        n: reference.n,
      };
    },
    ({ steps }) => steps.map(({ loss }) => loss),
  ),
  recorded(naiveSingleTurnStage, tuning, losses),
  recorded(naiveTwoTurnStage, tuning, losses),
  recorded(policyStage, ({ config, steps, examples, unscoredSampling }) => {
    return { config, steps: steps.map(({ step }) => step), users: examples.map(({ user }) => user), unscoredSampling };
  }),
  recorded(maskEvidenceStage, evidence),
  recorded(policyEvidenceStage, evidence),
  recorded(
    floorsStage,
    (floors) => floors.map(({ variant }) => variant),
    (floors) => accuracies(floors),
  ),
  ...(["BiasMF", "NCF", "LightGCN", "SGL", "SimGCL"] as const).map((recommender) =>
    recorded(
      baseStageOf({ recommender, text: "encoder", seed: 1 }),
      ({ seed, text, test }) => ({ recommender, seed, text, epochs: test.map(({ epoch }) => epoch) }),
      ({ choice, test, headShare }) => [...choice.curve.map(({ loss }) => loss), ...accuracies(test), headShare],
    ),
  ),
  // Seconds differ from run to run.
  recorded(efficiencyStage, (times) =>
    times.map(({ size, recommender, base, augmented }) => [size, recommender, base.length, augmented.length]),
  ),
  recorded(
    fusionStageOf(0),
    (runs) => runs.map(({ fusion, vectors, fold, seed }) => [fusion, vectors, fold, seed]),
    // Without what a random model wrote.
    (runs) => accuracies(runs.filter(({ vectors }) => /^(none|teacher|history)/.test(vectors))),
  ),
  ...ablatedVariants.map((variant) =>
    recorded(variantTextStageOf(variant), ({ user, item, inFormat }) => {
      return { variant, users: user.length, items: item?.length ?? null, asked: inFormat?.n ?? null };
    }),
  ),
  ...[ablationStage, gatedAblationStage].map((stage) =>
    recorded(
      stage,
      ({ sizes, sides, runs, tests }) => {
        const rows = runs.map(({ recommender, variant, fold, seed }) => [recommender, variant, fold, seed]);
        return { sizes, sides, rows, pairs: tests.map(({ variant, against }) => [variant, against]) };
      },
      ({ runs }) => accuracies(runs.filter(({ variant }) => /^(Base|history)/.test(variant))),
    ),
  ),
];

function accuracies(points: readonly Partial<Readonly<Record<Setting, Accuracy>>>[]): readonly number[] {
  const values = points.flatMap((point) => [point.fullShot, point.zeroShot].flatMap((accuracy) => accuracy ?? []));
  return values.flatMap((accuracy) => accuracyColumns.map((column) => accuracy[column]));
}
