/** Whose profiles Figures 2 and 3 compare, in the paper's order; the last asks the untuned model for LLMRec's attributes. */
export const ablatedVariants = ["GPT_KD", "Naive", "Mask", "RecLM", "LLMRec-style"] as const;
export type AblatedVariant = (typeof ablatedVariants)[number];
