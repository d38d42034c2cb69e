export * from "./accuracy";
export * from "./ranking";
