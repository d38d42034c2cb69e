export { decoderOf, type BlockDecoder } from "./dequantise";
export * from "./metadata";
export { encode } from "./quantise";
export * from "./reader";
export * from "./requantise";
export * from "./tinyModel";
export * from "./types";
export * from "./writer";
