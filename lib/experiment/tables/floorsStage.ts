import { jsonCodec, type Json } from "../../core";
import { dataStage } from "../data/dataStage";
import { defineStage, type Stage } from "../stage";
import type { Table1Run } from "./table1";
import { floorRuns } from "./table1Floors";

/** What needs no training: random, popularity, content cosine, EASE, and the oracle of popularity. */
export const floorsStage: Stage<readonly Table1Run[]> = defineStage<readonly Table1Run[]>({
  name: "floors",
  version: 1,
  notebook: "09-five-recommenders",
  inputs: (experiment) => ({ data: dataStage.hash(experiment) }),
  codec: jsonCodec<readonly Table1Run[] & Json>(),
  compute: async (experiment, _work, control) => floorRuns(await dataStage.read(experiment), control),
});
