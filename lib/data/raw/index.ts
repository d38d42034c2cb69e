export type { RawResources } from "./duckDb";
export * from "./mindNews";
export * from "./netflixPrize";
export { dayPeriod, type Period, type Periods } from "./period";
export type { Snapshots, SnapshotUsers } from "./snapshots";
