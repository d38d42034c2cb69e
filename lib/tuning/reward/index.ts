export * from "./pairwiseLoss";
export * from "./scalarHead";
