import type { Json } from "../core";
import type { Interactions } from "../data";
import {
  readProfileFile,
  readReleasedItemProfiles,
  readReleasedUserProfiles,
  releasedWriter,
  replayItemTeacher,
  replayTeacher,
  rulesItemTeacher,
  rulesTeacher,
  type ItemTeacher,
  type ReplayedProfiles,
  type UserTeacher,
} from "../profiles";
import type { PromptSource } from "../prompts";
import { dataStage } from "./dataStage";
import { cloneFolder, namedFileHash } from "./dataSources";
import type { Experiment } from "./experiment";

/** Whom the model learns from. */
export interface Teachers {
  readonly user: UserTeacher;
  readonly item: ItemTeacher;
}

/**
 * The preset's teachers: rules over metadata, or profiles that something else wrote (`Preset.teacher`).
 *
 * @throws MissingInputError for a file that is not there, InputError for a line that is no profile's, RangeError where none of the
 *   file's profiles can be used
 */
export async function teachersOf(experiment: Experiment, source: PromptSource): Promise<Teachers> {
  const { teacher } = experiment.preset;
  const rules = { user: rulesTeacher(source), item: rulesItemTeacher(source) };
  if (!teacher) return rules;
  const { interactions } = await dataStage.read(experiment);
  if (teacher === "released") return releasedTeachers(cloneFolder(experiment), interactions);
  const replay = async (file: string, ids: readonly string[], side: "user" | "item") => {
    const read = await readProfileFile(file, ids, side);
    return { profiles: read.profiles, note: replayNote(file, read, side) };
  };
  const users = await replay(teacher.users, interactions.userIds, "user");
  const user = replayTeacher(teacher.writer, users.profiles);
  if (teacher.items === undefined) return { user: { ...user, note: `${users.note} ${user.note}` }, item: rules.item };
  const items = await replay(teacher.items, interactions.itemIds, "item");
  const item = replayItemTeacher(teacher.writer, items.profiles);
  return { user: { ...user, note: `${users.note} ${items.note} ${user.note}` }, item };
}

async function releasedTeachers(clone: string, { userIds, itemIds }: Interactions): Promise<Teachers> {
  const users = await readReleasedUserProfiles(clone, "mind", userIds);
  const items = await readReleasedItemProfiles(clone, "mind", itemIds);
  const user = replayTeacher(releasedWriter, users.profiles);
  const notes = [replayNote(users.source, users, "user"), replayNote(items.source, items, "item")];
  return {
    user: { ...user, note: [...notes, user.note].join(" ") },
    item: replayItemTeacher(releasedWriter, items.profiles),
  };
}

function replayNote(file: string, { profiles, unusable, unknownIds }: ReplayedProfiles, side: string): string {
  const usable = profiles.filter((profile) => profile !== undefined).length;
  const counts = `${usable} of ${profiles.length} ${side}s have a profile, ${unusable.length} texts are none, ${unknownIds.length} ids are unknown`;
  if (usable === 0) throw new RangeError(`Cannot learn from ${file}: ${counts}`);
  return `${counts}.`;
}

/** What a stage that asks the teachers depends on; nothing for the rules. */
export function teacherInputs({ preset }: Experiment): { readonly [key: string]: Json } {
  if (!preset.teacher) return {};
  if (preset.teacher === "released") return { teacher: releasedWriter };
  const { writer, users, items } = preset.teacher;
  const files = items === undefined ? [users] : [users, items];
  return { teacher: [writer, ...files.map((file) => namedFileHash(file))] };
}
