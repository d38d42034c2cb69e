export { decoderOf, type BlockDecoder } from "./dequantise";
export * from "./metadata";
export * from "./reader";
export * from "./types";
