export * from "./graph";
export * from "./model";
export * from "./recommender";
export * from "./twins";
