import { join } from "node:path";
import {
  labelled,
  matrixOf,
  readFloats,
  readInts,
  readJson,
  seedOf,
  writeJson,
  writeNumbers,
  type Json,
  type Matrix,
  type StageCodec,
} from "../../core";
import { usedColumns, type Neighbours } from "../../data";
import { drawHeldOut } from "../../prompts";
import {
  lightGcnUserEmbeddings,
  mostSimilarHistories,
  mostSimilarUsers,
  trainNeighbourModel,
  withoutPairs,
} from "../../recommenders";
import { dataStage } from "./dataStage";
import type { Experiment } from "../experiment";
import { defineStage, type Stage } from "../stage";

/** Who is like whom, by a LightGCN trained in this project. */
export interface SimilarUsers {
  readonly neighbours: Neighbours;
  /** [U, d] propagated user vectors. */
  readonly userVectors: Matrix;
  /** [U] the training item of each user that LightGCN did not see, so that a dialogue can ask for it; -1 for none. */
  readonly heldOut: Int32Array;
  /** Mean training loss after each epoch. */
  readonly losses: readonly number[];
}

/**
 * Neighbours (Sec. 2.3.2) from training pairs alone, less one pair a user: the one its dialogue may ask for. With
 * `neighbours.of: "histories"` users whose training pairs are equal have equal neighbours, by the mean of their
 * vectors: since each leaves another pair out, it knows of all.
 */
export const neighbourStage: Stage<SimilarUsers> = defineStage<SimilarUsers>({
  name: "neighbours",
  version: 1,
  notebook: "02-neighbours",
  inputs: (experiment) => {
    const { learningRate, ...settings } = experiment.preset.neighbours;
    return { data: dataStage.hash(experiment), settings, learningRate, seed: experiment.seed };
  },
  codec: similarUsersCodec,
  compute: async (experiment, _work, control) => {
    const { histories, shown, itemText } = await dataStage.read(experiment);
    const { k, epochs, batch, learningRate, of } = experiment.preset.neighbours;
    const heldOut = drawHeldOut(histories, experiment.seed);
    const users = Array.from(heldOut.keys()).filter((user) => heldOut[user]! >= 0);
    const seen = withoutPairs(
      shown,
      users,
      users.map((user) => heldOut[user]!),
    );
    const set = { userCount: seen.rows, itemCount: seen.cols, train: seen, warmItems: usedColumns(seen) };
    const options = { seed: seedOf(experiment.seed, "neighbours"), batch, learningRate };
    const losses: number[] = [];
    const named = labelled(control, "LightGCN for neighbours");
    const model = await trainNeighbourModel(
      set,
      itemText,
      epochs,
      options,
      named,
      ({ loss }) => void losses.push(loss),
    );
    const userVectors = lightGcnUserEmbeddings(model);
    const neighbours =
      of === "histories"
        ? await mostSimilarHistories(userVectors, shown, k, control)
        : await mostSimilarUsers(userVectors, k, control);
    return { neighbours, userVectors, heldOut, losses };
  },
});

interface Shape {
  readonly k: number;
  readonly rows: number;
  readonly cols: number;
  readonly losses: readonly number[];
}

// Held-out pairs are drawn again from the data: numbers alone are stored, so that they may be committed.
function similarUsersCodec(experiment: Experiment): StageCodec<SimilarUsers> {
  return {
    save: async (folder, { neighbours, userVectors, losses }) => {
      const shape: Shape = { k: neighbours.k, rows: userVectors.rows, cols: userVectors.cols, losses };
      await writeJson(join(folder, "shape.json"), { ...shape } satisfies Json);
      await writeNumbers(join(folder, "users.i32"), neighbours.users);
      await writeNumbers(join(folder, "scores.f32"), neighbours.scores);
      await writeNumbers(join(folder, "vectors.f32"), userVectors.data);
    },
    load: async (folder) => {
      const { histories } = await dataStage.read(experiment);
      const shape = (await readJson(join(folder, "shape.json"))) as unknown as Shape;
      const users = await readInts(join(folder, "users.i32"));
      const scores = await readFloats(join(folder, "scores.f32"));
      const vectors = await readFloats(join(folder, "vectors.f32"));
      return {
        neighbours: { k: shape.k, users, scores },
        userVectors: matrixOf(shape.rows, shape.cols, vectors),
        heldOut: drawHeldOut(histories, experiment.seed),
        losses: shape.losses,
      };
    },
  };
}
