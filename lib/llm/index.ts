export * from "./adapter";
export * from "./chat";
export * from "./gguf";
