export * from "./adapter";
export * from "./chat";
