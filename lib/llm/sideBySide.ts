/**
 * Runs jobs at once and waits for all of them. Each gets a signal that aborts when `signal` does or when another job fails; then the
 * first failure is thrown, after the last job has ended.
 */
export async function sideBySide(
  jobs: readonly ((signal: AbortSignal) => Promise<void>)[],
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  let failure: { readonly error: unknown } | undefined;
  const guarded = async (job: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    try {
      await job(either);
    } catch (error) {
      failure ??= { error };
      stop.abort(error);
    }
  };
  await Promise.all(jobs.map(guarded));
  if (failure) throw failure.error;
}
