import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { isFinished, packFiles, replaceFolder, restoreFormer, unpackFiles } from "../core";
import { AnswerLedger } from "../llm";
import { ablationStage } from "./tables/ablationStage";
import { ledgerName, ledgerPath, type AskedBy } from "./tuning/asking";
import { baseStages } from "./recommenders/baseStage";
import { distillationStage } from "./tuning/distillationStage";
import { efficiencyStage } from "./tables/efficiencyStage";
import { maskEvidenceStage } from "./profiles/evidenceStage";
import type { Experiment } from "./experiment";
import { floorsStage } from "./tables/floorsStage";
import { fusionStages } from "./fusions/fusionStage";
import { gatedAblationStage } from "./fusions/gatedAblationStage";
import { maskStage } from "./tuning/maskStage";
import { naiveSingleTurnStage, naiveTwoTurnStage } from "./tuning/naiveStages";
import { neighbourStage } from "./data/neighbourStage";
import { policyRunStages } from "./profiles/policyRuns";
import { showsTexts } from "./presets/preset";
import { rewardStage } from "./reinforcement/rewardStage";
import { secondTurnStage } from "./tuning/secondTurnStage";
import type { Stage } from "./stage";
import { table1Stage } from "./tables/table1Stage";
import { variantTextStageOf } from "./profiles/variantTextStage";

/** Stages of many trainings or timings, each kept in a file of numbers as soon as it is finished: their parts are committed too. */
function stagesInParts(experiment: Experiment): readonly Stage<unknown>[] {
  return [efficiencyStage, table1Stage, ...fusionStages(experiment), ablationStage, gatedAblationStage];
}

/**
 * The stages that take hours and hold no data of the data set's licence: adapters, losses, scores, and what the model wrote. What
 * they are made from (prompts with histories) is made again in minutes. The neighbours are committed beside the answers: a CPU with
 * other vector units rounds otherwise and orders near-equal neighbours otherwise, which makes other prompts. Of data whose texts may
 * not be shown, nothing that holds an answer.
 */
function committedStages(experiment: Experiment): readonly Stage<unknown>[] {
  const { preset } = experiment;
  const texts = [
    maskEvidenceStage,
    ...policyRunStages(experiment),
    neighbourStage,
    ...preset.ablation.variants.map(variantTextStageOf),
  ];
  return [
    distillationStage,
    maskStage,
    naiveSingleTurnStage,
    naiveTwoTurnStage,
    secondTurnStage,
    rewardStage,
    floorsStage,
    ...baseStages(experiment),
    ...(showsTexts(preset) ? texts : []),
    ...stagesInParts(experiment),
  ];
}

/**
 * Copies the finished ones into results/<preset>/stages, for committing, with finished trainings of unfinished ones and with every
 * answer of the language model; gives the names of the finished.
 */
export async function publishStages(experiment: Experiment): Promise<readonly string[]> {
  const finished = committedStages(experiment).filter((stage) => isFinished(stage.folder(experiment)));
  await replaceFolder(stagesFolder(experiment), (folder) => fill(folder, experiment, finished));
  return finished.map(({ name }) => name);
}

async function fill(folder: string, experiment: Experiment, finished: readonly Stage<unknown>[]): Promise<void> {
  for (const stage of finished) await copyWhole(stage.folder(experiment), placeOf(folder, stage, experiment));
  for (const stage of stagesInParts(experiment)) {
    if (isFinished(stage.folder(experiment))) continue;
    await packFiles(workOf(stage, experiment), partsOf(folder, stage, experiment));
  }
  if (!showsTexts(experiment.preset)) return;
  for (const askedBy of askers) {
    const answers = ledgerPath(experiment, askedBy);
    if (!existsSync(answers)) continue;
    await (await AnswerLedger.open(answers, { replay: true })).pack(packedLedger(folder, experiment, askedBy));
  }
}

/**
 * Puts the committed results of this preset, seed and code into the run's store, so that notebooks read them in the place of hours
 * of tuning; gives the names of whole stages. Results that are there already stay; results of other settings or older code do not
 * fit and are passed over.
 */
export async function restoreStages(experiment: Experiment): Promise<readonly string[]> {
  const folder = stagesFolder(experiment);
  await restoreFormer(folder);
  const restored: string[] = [];
  for (const stage of committedStages(experiment)) {
    const from = placeOf(folder, stage, experiment);
    const to = stage.folder(experiment);
    if (!isFinished(from) || isFinished(to)) continue;
    await copyWhole(from, to);
    restored.push(stage.name);
  }
  for (const stage of stagesInParts(experiment)) {
    if (isFinished(stage.folder(experiment))) continue;
    await unpackFiles(partsOf(folder, stage, experiment), workOf(stage, experiment));
  }
  for (const askedBy of askers) {
    const packed = packedLedger(folder, experiment, askedBy);
    if (!existsSync(packed)) continue;
    const ledger = await AnswerLedger.open(ledgerPath(experiment, askedBy));
    await ledger.addAll(await AnswerLedger.open(packed));
  }
  return restored;
}

const askers: readonly AskedBy[] = ["stage", "reader"];

function packedLedger(folder: string, experiment: Experiment, askedBy: AskedBy): string {
  return join(folder, `${ledgerName(experiment, askedBy)}.gz`);
}

function workOf(stage: Stage<unknown>, experiment: Experiment): string {
  return `${stage.folder(experiment)}.work`;
}

function partsOf(folder: string, stage: Stage<unknown>, experiment: Experiment): string {
  return `${placeOf(folder, stage, experiment)}.parts`;
}

function stagesFolder({ paths, preset, seed }: Experiment): string {
  return join(paths.results(preset.name), "stages", `seed-${seed}`);
}

function placeOf(folder: string, stage: Stage<unknown>, experiment: Experiment): string {
  return join(folder, stage.name, stage.hash(experiment));
}

function copyWhole(from: string, to: string): Promise<void> {
  return replaceFolder(to, (folder) => cp(from, folder, { recursive: true }));
}
