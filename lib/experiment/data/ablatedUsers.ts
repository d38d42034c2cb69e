import { prngOf, shuffled } from "../../core";
import { testViewOfUsers } from "../../data";
import type { Experiment } from "../experiment";
import { dataStage, type PreparedData } from "./dataStage";
import { checkTestable } from "./testable";

/**
 * Users whose profiles the variants of Figures 2 and 3 are compared by, ascending: all, or as many as the preset asks for, drawn from
 * those with a history after those that its sample keeps.
 */
export function ablatedUsers(
  { preset, seed }: Pick<Experiment, "preset" | "seed">,
  { histories, interactions }: Pick<PreparedData, "histories" | "interactions">,
): readonly number[] {
  const { users } = preset.ablation;
  const all = Array.from(histories.keys());
  if (users === undefined) return all;
  const kept = new Set(preset.data.sample?.keep);
  const isKept = (user: number): boolean => kept.has(interactions.userIds[user]!);
  const able = all.filter((user) => histories[user]!.length > 0);
  const drawn = shuffled(able, prngOf(seed, "ablated users"));
  return [...drawn.filter(isKept), ...drawn.filter((user) => !isKept(user))]
    .slice(0, users)
    .sort((one, other) => one - other);
}

/** The data with these users alone in the test; everybody is trained on. Throws a RangeError where too little is left to test. */
export async function ablatedData(experiment: Experiment): Promise<PreparedData> {
  const data = await dataStage.read(experiment);
  const ablated = { ...data, testView: testViewOfUsers(data.testView, ablatedUsers(experiment, data)) };
  checkTestable(ablated);
  return ablated;
}
