/** What one display holds, by mime type. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** tslab's inner display channel, which takes several mime types at once; its public one takes a single type. */
type WriteDisplayData = (
  message: { data: MimeBundle; metadata: object; transient: { display_id?: string } },
  update: boolean,
) => void;

/** Whether a tslab cell is running this code. */
export function insideKernel(): boolean {
  return channel() !== undefined;
}

/**
 * Sends one display to the notebook; outside a kernel it prints the text form.
 *
 * With an `id`, a later call of `update` replaces it.
 */
export function sendBundle(bundle: MimeBundle, id?: string, update = false): void {
  const write = channel();
  if (!write) {
    process.stdout.write(`${String(bundle["text/plain"] ?? "")}\n`);
    return;
  }
  write({ data: bundle, metadata: {}, transient: id === undefined ? {} : { display_id: id } }, update);
}

/** The kernel's own copy of the module is found in the module cache, so nothing of tslab loads outside it. */
function channel(): WriteDisplayData | undefined {
  const path = Object.keys(require.cache).find((name) => /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(name));
  const jupyter = path === undefined ? undefined : (require.cache[path]?.exports as { lastWriteDisplayData?: unknown });
  const write = jupyter?.lastWriteDisplayData;
  if (jupyter !== undefined && !("lastWriteDisplayData" in jupyter)) {
    throw new TypeError("Cannot show anything: this tslab has no lastWriteDisplayData; the project needs tslab 1.0.22");
  }
  return typeof write === "function" ? (write as WriteDisplayData) : undefined;
}
