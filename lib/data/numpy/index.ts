export * from "./dtype";
export * from "./npy";
export * from "./numpyArray";
