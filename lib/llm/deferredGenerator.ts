import type { Generator } from "./generation";
import { identityOf, openGenerator, type LlamaGenerator } from "./llamaGenerator";
import type { GeneratorOptions } from "./llamaContext";

/**
 * A generator that knows at once what makes its answers what they are, and loads the model when the first prompt must be answered:
 * a ledger that holds every answer is read without the model.
 *
 * @example
 * const generator = await deferGenerator({ modelPath, sequences: 8, contextTokens: 1024 });
 * const answers = await answerAll(generator, ledger, prompts, sampling, 1);
 */
export async function deferGenerator(options: GeneratorOptions): Promise<Generator> {
  const identity = await identityOf(options);
  let opened: Promise<LlamaGenerator> | undefined;
  const open = (): Promise<LlamaGenerator> => (opened ??= openGenerator(options, identity));
  return {
    ...identity,
    answer: async (prompts, sampling, seeds, control) => (await open()).answer(prompts, sampling, seeds, control),
    dispose: async () => {
      // Whoever asked was told when it did not open.
      const generator = await opened?.catch(() => undefined);
      await generator?.dispose();
    },
  };
}
