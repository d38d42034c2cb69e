export * from "./clone";
export * from "./features";
export { readDict as readCloneDict } from "./mappings";
export * from "./readRecLm";
export * from "./recLmSplit";
export * from "./report";
export * from "./table4";
