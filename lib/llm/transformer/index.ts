export { initialAdapter } from "./adapters";
export type { ModelConfig } from "./config";
export { deviceTensorCount } from "./device";
export { languageModelOf, loadLanguageModel, type LanguageModel, type LoadOptions } from "./model";
export * from "./objectives";
export type { WeightSource } from "./weights";
