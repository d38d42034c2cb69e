import { count } from "../../core";
import { evaluationCounts, statisticsOf } from "../statistics";
import { testViewOf } from "../views";
import type { Split } from "../split";
import { coldItemsOfSecond, recLmSplit } from "./recLmSplit";
import type { RecLmData } from "./readRecLm";

/**
 * What a clone holds, as lines for a terminal: files, Table 4 and whether the files agree, notes, and what can be run with it.
 *
 * @example console.log(recLmReport(await readRecLm("mind")).join("\n"));
 */
export function recLmReport(data: RecLmData): readonly string[] {
  const { name, root, files, checks, notes, catalogue } = data;
  const missing = files.filter(({ found }) => !found);
  return [
    `${name} in ${root}: ${files.length - missing.length} of ${files.length} files, ${count(catalogue.size)} items`,
    ...missing.map(({ path, purpose }) => `  missing: ${path} (${purpose})`),
    "",
    "Counts, expected and found:",
    ...checks.map(
      ({ what, expected, found, holds }) => `  ${holds ? "ok     " : "differs"}  ${what}: ${expected}, ${found}`,
    ),
    "",
    ...notes.map((note) => `Note: ${note}.`),
    "",
    "What can be run:",
    ...runnable(data),
  ];
}

function runnable(data: RecLmData): readonly string[] {
  const { files, first, second, zeroItems } = data;
  const found = (purpose: string): boolean => files.some((file) => file.found && file.purpose === purpose);
  const line = (able: boolean, what: string, otherwise: string): string =>
    able ? `  yes  ${what}` : `  no   ${what}: ${otherwise}`;
  const paper = first && second;
  const inside = second && zeroItems && !first;
  return [
    line(Boolean(paper), "the paper's split", "a snapshot is missing"),
    ...(paper ? splitLines(recLmSplit(data)) : []),
    ...(inside ? ["  yes  zero-shot items of the second snapshot held cold (not the paper's protocol)"] : []),
    ...(inside ? splitLines(coldItemsOfSecond(data, { seed: 1 })) : []),
    line(found("texts of items"), "own text features", "texts of items are missing"),
    line(found("text features of items"), "the clone's text features", "the project's encoder stands in"),
    line(found("user profiles by GPT-3.5"), "GPT-3.5 user profiles as teacher", "the rules teacher stands in"),
    line(found("item profiles by GPT-3.5"), "GPT-3.5 item profiles as teacher", "the rules teacher stands in"),
    line(
      found("embeddings of user profiles") && found("embeddings of item profiles"),
      "the authors' profile embeddings, replayed",
      "their files are missing",
    ),
    line(found("similar users"), "the released similar users", "LightGCN's neighbours stand in"),
  ];
}

function splitLines(split: Split): readonly string[] {
  const { users, trainInteractions, testInteractions } = statisticsOf(split);
  const { fullShot, zeroShot } = testViewOf(split);
  const setting = (what: string, { users, positives, candidates }: ReturnType<typeof evaluationCounts>): string =>
    `         ${what}: ${count(users)} users, ${count(positives)} positives, ${count(candidates)} candidates`;
  return [
    `         ${count(users)} users, ${count(trainInteractions)} training and ${count(testInteractions)} test pairs`,
    setting("full-shot", evaluationCounts(fullShot)),
    setting("zero-shot", evaluationCounts(zeroShot)),
  ];
}
