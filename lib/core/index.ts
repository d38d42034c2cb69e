export * from "./csr";
export * from "./errors";
export * from "./files";
export * from "./hash";
export * from "./matrix";
export * from "./prng";
export * from "./progress";
export * from "./stages";
