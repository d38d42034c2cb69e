import { labelled, type JobControl } from "../../core";
import type { ProfileSet } from "../../data";
import { audienceOf, nearestItems, writeItemProfiles, writeUserProfiles, type WrittenProfiles } from "../../profiles";
import { dataStage, type PreparedData } from "../data/dataStage";
import type { Experiment } from "../experiment";
import { itemAudience } from "../instructions/instructionStage";
import { withVariant, type VariantWriter } from "./variantAsking";
import type { Variant } from "../tuning/variants";

/** Both sides' profiles with every answer behind them. */
export interface BothWritten {
  readonly user: WrittenProfiles;
  readonly item?: WrittenProfiles;
}

/**
 * Profiles of users, all unless given, by a variant (the prompt of Figure 7 where it is shown neighbours, Eq. 5), then those of all
 * items by the prompts of Figure 8, warm before cold.
 */
export async function writtenProfiles(
  experiment: Experiment,
  variant: Variant,
  sides: readonly ("user" | "item")[],
  control: JobControl,
  wanted?: readonly number[],
): Promise<BothWritten> {
  const data = await dataStage.read(experiment);
  return withVariant(experiment, variant, async (writer) => {
    const { asks, promptOf } = writer;
    const users = wanted ?? Array.from(data.histories.keys());
    const writing = { writer: variant, total: data.histories.length, users, promptOf, asks };
    const user = await writeUserProfiles(writing, labelled(control, `${variant}: users`));
    if (!sides.includes("item")) return { user };
    const item = await writtenItems(experiment, data, writer, user.set, labelled(control, `${variant}: items`));
    return { user, item };
  });
}

function writtenItems(
  experiment: Experiment,
  data: PreparedData,
  { source, asks }: VariantWriter,
  userProfiles: ProfileSet,
  control: JobControl,
): Promise<WrittenProfiles> {
  const hasProfile = (user: number): boolean => userProfiles.profiles[user] !== undefined;
  return writeItemProfiles(
    {
      writer: userProfiles.writer,
      source,
      items: data.catalogue.indices(),
      audienceOf: (item) => audienceOf(data.usersOf, item, itemAudience, hasProfile, experiment.seed),
      userProfiles,
      similarOf: (item, written) => nearestItems(data.itemText, item, itemAudience, written),
      asks,
    },
    control,
  );
}
