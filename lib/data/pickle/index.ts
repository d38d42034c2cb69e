import { open } from "node:fs/promises";
import { ByteInputError } from "../../core";
import { plainValue } from "./extent";
import { Machine } from "./machine";
import { opcodes, stop } from "./opcodes";
import type { PickleValue } from "./value";

export * from "./value";

/** Bounds on reading a pickle. */
export interface PickleOptions {
  /** Bytes of memory that the values may take, estimated; the file itself may not be longer. @default 1 GiB */
  readonly limit?: number;
}

/**
 * Reads a Python pickle (protocols 0 to 5) that holds plain data: None, booleans, numbers, texts, bytes, lists, tuples, dicts,
 * sets, numpy arrays and scalars of numbers, scipy.sparse COO and CSR matrices. Nothing in it is executed: a pickle is a program
 * for a stack machine, and this machine knows the names of those classes alone.
 *
 * Everything else throws a ByteInputError with file, byte and opcode: other globals (`os.system`), persistent ids, truncated
 * files, lengths beyond the file, more memory than `limit`, shared parts that unfold to more than 200 million values, nesting deeper
 * than 200, containers that hold themselves.
 *
 * @example const items = await readPickle("item_id_map_train.pkl"); // Map { 0 => 0, 1 => 1, ... }
 */
export async function readPickle(file: string, { limit = 2 ** 30 }: PickleOptions = {}): Promise<PickleValue> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    if (size > limit) throw new ByteInputError(file, 0, "file", `${size} bytes are more than the limit of ${limit}`);
    return valueOfPickle(file, await handle.readFile(), { limit });
  } finally {
    await handle.close();
  }
}

/** The value of a pickle in memory, as `readPickle`; `file` stands in messages. */
export function valueOfPickle(file: string, bytes: Uint8Array, { limit = 2 ** 30 }: PickleOptions = {}): PickleValue {
  const machine = new Machine(file, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), limit);
  for (;;) {
    machine.offset = machine.at;
    const code = bytes[machine.at];
    if (code === undefined) throw new ByteInputError(file, machine.at, "file", "it ends without STOP");
    machine.at += 1;
    if (code === stop) break;
    const opcode = opcodes.get(code);
    machine.opcode = opcode ? `opcode ${opcode.name}` : "opcode";
    if (!opcode) throw machine.fail(`0x${code.toString(16).padStart(2, "0")} is none`);
    opcode.run(machine);
  }
  machine.opcode = "opcode STOP";
  return plainValue(machine, machine.result());
}
