export * from "./gae";
export * from "./importance";
export * from "./klControl";
export * from "./policyLoss";
export * from "./rewards";
export * from "./statistics";
export * from "./valueLoss";
export * from "./whiten";
