import type { FileHandle } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

/** Milliseconds in which another process has surely ended the write that it is in the middle of. */
const writeMilliseconds = 20;

/** The end of a file. */
export interface Tail {
  /** In bytes from the file's beginning. */
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** Removes what a killed process, or a full disk, left behind a file's last line end; not what another process is just writing. */
export async function removeTornLine(file: FileHandle): Promise<void> {
  const torn = await tornLineOf(file);
  if (!torn) return;
  await setTimeout(writeMilliseconds);
  await removeTail(file, torn);
}

/** Removes the end of a file, unless it has changed: then another process has gone on with it, or has removed it. */
export async function removeTail(file: FileHandle, { start, bytes }: Tail): Promise<void> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes.length + 1), 0, bytes.length + 1, start);
  if (buffer.subarray(0, bytesRead).equals(bytes)) await file.truncate(start);
}

async function tornLineOf(file: FileHandle): Promise<Tail | undefined> {
  const { size } = await file.stat();
  for (let length = Math.min(size, 1); length > 0; length = Math.min(size, 64 * length)) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1;
    if (end === bytesRead) return undefined;
    if (end > 0 || length === size) return { start: size - length + end, bytes: buffer.subarray(end, bytesRead) };
  }
  return undefined;
}
