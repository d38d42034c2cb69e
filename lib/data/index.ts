export * from "./evaluation";
export * from "./interactions";
export * from "./neighbours";
export * from "./profile";
