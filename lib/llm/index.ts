export * from "./adapter";
export * from "./adapterFile";
export * from "./chat";
export * from "./dialogue";
export * from "./gguf";
export { openTokenizer, type ChatTokenizer } from "./tokenizer";
export * from "./transformer";
