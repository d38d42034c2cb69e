/** What holds memory or files until it is disposed of. */
export interface Handle {
  dispose(): void | Promise<void>;
}

/** Waits for a handle that is being opened and answers for its disposal. */
export type Hold = <H extends Handle>(opening: Promise<H>) => Promise<H>;

/**
 * Lends `work` handles: each that it opens through `hold` is disposed of once `work` has ended, the last one first, whatever throws.
 * Rejects with the first error.
 *
 * @example
 * const length = await withDisposal(async (hold) => {
 *   const tokenizer = await hold(openTokenizer("model.gguf"));
 *   return tokenizer.encode("Heat (1995)").length;
 * });
 */
export async function withDisposal<T>(work: (hold: Hold) => Promise<T>): Promise<T> {
  const held: Handle[] = [];
  const hold: Hold = async (opening) => {
    const handle = await opening;
    held.push(handle);
    return handle;
  };
  let result: T;
  try {
    result = await work(hold);
  } catch (error) {
    // What cannot be disposed of either must not hide the first error.
    await disposeAll(held).catch(() => undefined);
    throw error;
  }
  await disposeAll(held);
  return result;
}

/** Disposes of handles, the last one first and each whatever another throws; rejects with the first error. */
export async function disposeAll(handles: readonly Handle[]): Promise<void> {
  const errors: unknown[] = [];
  for (const handle of [...handles].reverse()) {
    try {
      await handle.dispose();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
