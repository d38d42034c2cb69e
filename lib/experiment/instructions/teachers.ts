import type { Json } from "../../core";
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
} from "../../profiles";
import type { PromptSource } from "../../prompts";
import { dataStage } from "../data/dataStage";
import { cloneFolder, namedFileHash } from "../data/dataSources";
import type { Experiment } from "../experiment";

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
  const { writer, users, items } = await writtenBy(experiment, teacher);
  const user = replayTeacher(writer, users.profiles);
  const notes = [replayNote(users, "user"), ...(items ? [replayNote(items, "item")] : []), user.note];
  return {
    user: { ...user, note: notes.join(" ") },
    item: items ? replayItemTeacher(writer, items.profiles) : rules.item,
  };
}

/** Profiles, and the file they were read from. */
interface Written extends ReplayedProfiles {
  readonly source: string;
}

async function writtenBy(
  experiment: Experiment,
  teacher: NonNullable<Experiment["preset"]["teacher"]>,
): Promise<{ readonly writer: string; readonly users: Written; readonly items?: Written }> {
  const { userIds, itemIds } = (await dataStage.read(experiment)).interactions;
  if (teacher === "released") {
    const clone = cloneFolder(experiment);
    const users = await readReleasedUserProfiles(clone, "mind", userIds);
    return { writer: releasedWriter, users, items: await readReleasedItemProfiles(clone, "mind", itemIds) };
  }
  const read = async (source: string, ids: readonly string[], side: "user" | "item"): Promise<Written> => ({
    ...(await readProfileFile(source, ids, side)),
    source,
  });
  const users = await read(teacher.users, userIds, "user");
  if (teacher.items === undefined) return { writer: teacher.writer, users };
  return { writer: teacher.writer, users, items: await read(teacher.items, itemIds, "item") };
}

function replayNote({ source, profiles, unusable, unknownIds }: Written, side: string): string {
  const usable = profiles.filter((profile) => profile !== undefined).length;
  const counts = `${usable} of ${profiles.length} ${side}s have a profile, ${unusable.length} texts are none, ${unknownIds.length} ids are unknown`;
  if (usable === 0) throw new RangeError(`Cannot learn from ${source}: ${counts}`);
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
