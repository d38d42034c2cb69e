import { join } from "node:path";
import { readJson, writeJson, type Json, type StageCodec } from "../../core";
import type { Profile, ProfileSet } from "../../data";
import { audienceOf, nearestItems, type WrittenAnswer, type WrittenProfiles } from "../../profiles";
import { answerInputs } from "../tuning/asking";
import { dataStage, type PreparedData } from "../data/dataStage";
import type { Experiment } from "../experiment";
import { itemAudience, promptSourceOn } from "../instructions/instructionStage";
import { maskStage } from "../tuning/maskStage";
import { writtenProfiles } from "./profileWriting";
import { defineStage, type Stage } from "../stage";
import { teachersOf } from "../instructions/teachers";

/** One side's profiles with every answer behind them. */
export interface SideProfiles {
  readonly set: ProfileSet;
  readonly answers: readonly WrittenAnswer[];
}

/** Profiles of all users and items, by the tuned model and by the teacher without it (a control). */
export interface Profiles {
  readonly user: SideProfiles;
  readonly item: SideProfiles;
  readonly teacher: { readonly user: ProfileSet; readonly item: ProfileSet };
}

/** The variant whose profiles enter the recommenders. */
export const writer = "Mask";

/** User profiles by the prompt of Figure 7 (Eq. 5), then item profiles by those of Figure 8, warm before cold. */
export const profileStage: Stage<Profiles> = defineStage<Profiles>({
  name: "profiles",
  version: 1,
  notebook: "05-profiles",
  inputs: (experiment) => ({
    mask: maskStage.hash(experiment),
    ...answerInputs(experiment),
  }),
  codec: profilesCodec(),
  compute: async (experiment, _work, control) => {
    const { user, item } = await writtenProfiles(experiment, writer, ["user", "item"], control);
    const teacher = await teacherProfiles(experiment, await dataStage.read(experiment));
    return { user: sideOf(user), item: sideOf(item!), teacher };
  },
});

/** What the teachers say of all users and items of some data, without any language model of ours. */
export async function teacherProfiles(experiment: Experiment, data: PreparedData): Promise<Profiles["teacher"]> {
  const { user: users, item: items } = await teachersOf(experiment, promptSourceOn(experiment, data));
  const ofUser = data.histories.map((history, user) => users.profileOf(user, history));
  const shownTo = (item: number): readonly Profile[] =>
    audienceOf(data.usersOf, item, itemAudience, (user) => ofUser[user] !== undefined, experiment.seed).map(
      (u) => ofUser[u]!,
    );
  const warm = data.catalogue.indices().map((item) => {
    const shown = shownTo(item);
    return shown.length > 0 ? items.profileOf(item, shown) : undefined;
  });
  const all = warm.map((profile, item) => {
    if (profile) return profile;
    const near = nearestItems(data.itemText, item, itemAudience, (other) => warm[other] !== undefined);
    return items.profileOf(
      item,
      near.map((other) => ({ identity: [], interests: warm[other]!.interests })),
    );
  });
  return {
    user: { side: "user", writer: users.name, profiles: ofUser },
    item: { side: "item", writer: items.name, profiles: all },
  };
}

function sideOf({ set, answers }: WrittenProfiles): SideProfiles {
  return { set, answers };
}

// JSON has no undefined: a missing profile is null on disk.
function profilesCodec(): StageCodec<Profiles> {
  return {
    save: (folder, profiles) => writeJson(join(folder, "profiles.json"), JSON.parse(JSON.stringify(profiles)) as Json),
    load: async (folder) => {
      const kept = (await readJson(join(folder, "profiles.json"))) as unknown as Profiles;
      const restored = (set: ProfileSet): ProfileSet => ({
        ...set,
        profiles: set.profiles.map((profile) => profile ?? undefined),
      });
      return {
        user: { ...kept.user, set: restored(kept.user.set) },
        item: { ...kept.item, set: restored(kept.item.set) },
        teacher: { user: restored(kept.teacher.user), item: restored(kept.teacher.item) },
      };
    },
  };
}
