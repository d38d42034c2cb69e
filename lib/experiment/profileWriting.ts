import { labelled, type JobControl } from "../core";
import type { ProfileSet } from "../data";
import type { Message } from "../llm";
import {
  audienceOf,
  nearestItems,
  writeItemProfiles,
  writeUserProfiles,
  type Asks,
  type WrittenProfiles,
} from "../profiles";
import type { PromptSource } from "../prompts";
import { openAsker } from "./asking";
import { dataStage, type PreparedData } from "./dataStage";
import type { Experiment } from "./experiment";
import { itemAudience, promptSourceOf } from "./instructionStage";
import { neighbourStage } from "./neighbourStage";
import { openTokenCounter } from "./tokenCounter";
import { userPrompts } from "./userPrompts";

/** Who writes profiles, and of which sides. */
export interface ProfileWriting {
  readonly writer: string;
  /** GGUF files, added up. */
  readonly adapters: readonly string[];
  readonly sides: readonly ("user" | "item")[];
  /** What a user is asked; default: the prompt of Figure 7 with neighbours. */
  readonly promptsOf?: (source: PromptSource) => (user: number) => readonly Message[] | undefined;
}

/** Both sides' profiles with every answer behind them. */
export interface BothWritten {
  readonly user: WrittenProfiles;
  readonly item?: WrittenProfiles;
}

/** Profiles of all users by the prompt of Figure 7 (Eq. 5), then those of all items by the prompts of Figure 8, warm before cold. */
export async function writtenProfiles(
  experiment: Experiment,
  { writer, adapters, sides, promptsOf }: ProfileWriting,
  control: JobControl,
): Promise<BothWritten> {
  const data = await dataStage.read(experiment);
  const source = await promptSourceOf(experiment);
  const { neighbours } = await neighbourStage.read(experiment);
  const counter = await openTokenCounter(experiment);
  const asker = await openAsker(experiment, adapters, `profiles by ${writer}`);
  const { asks } = asker;
  try {
    const users = Array.from(data.histories, (_, user) => user);
    const promptOf = promptsOf?.(source) ?? userPrompts(experiment, source, counter.countTokens, { neighbours });
    const writing = { writer, total: users.length, users, promptOf, asks };
    const user = await writeUserProfiles(writing, labelled(control, `${writer}: users`));
    if (!sides.includes("item")) return { user };
    const item = await writtenItems(experiment, data, source, user.set, asks, labelled(control, `${writer}: items`));
    return { user, item };
  } finally {
    await asker.dispose();
    await counter.dispose();
  }
}

function writtenItems(
  experiment: Experiment,
  data: PreparedData,
  source: PromptSource,
  userProfiles: ProfileSet,
  asks: Asks,
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
