export { initialAdapter } from "./adapters";
export type { ModelConfig, ModelLayout } from "./config";
export { deviceTensorCount } from "./device";
export { languageModelOf, loadLanguageModel, type LanguageModel, type LoadOptions } from "./model";
export * from "./objectives";
export type { EvaluationOptions, LossOptions } from "./passes";
export * from "./policy";
export type { PolicyDerivatives, PolicyRows, ScalarHead, ScalarHeadGradient } from "./policyHead";
export type { WeightSource } from "./weights";
