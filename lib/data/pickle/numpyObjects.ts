import { messageOf } from "../../core";
import { arrayOver, numbersOver, numpyTypeOf, numpyTypes, widthOf } from "../numpy";
import type { Machine } from "./machine";
import { ArrayObject, Dtype, GlobalName, nameOf, type Item } from "./object";

type Call = (machine: Machine, args: readonly Item[]) => Item;

/** numpy's functions for arrays, number types and scalars (numpy/core/src/multiarray, numpy/core/numeric.py). */
export const numpyCalls: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["numpy.dtype", dtypeOf],
  ["numpy._core.multiarray._reconstruct", emptyArray],
  ["numpy._core.multiarray.scalar", scalarOf],
  ["numpy._core.numeric._frombuffer", arrayOfBuffer],
]);

function dtypeOf(machine: Machine, [name]: readonly Item[]): Dtype {
  const type = typeof name === "string" ? numpyTypeOf(name) : undefined;
  if (type) return new Dtype(type);
  throw machine.fail(`dtype ${JSON.stringify(name)?.slice(0, 40)} is none of ${numpyTypes.join(", ")}`);
}

/** State of a dtype: version, byte order, and what structures alone have. */
export function buildDtype(machine: Machine, dtype: Dtype, state: Item): void {
  const [version, order, ...rest] = Array.isArray(state) ? state : [];
  const plain = rest.slice(0, 3).every((field) => field === null);
  if ((version !== 3 && version !== 4) || typeof order !== "string" || !/^[<>|=]$/.test(order) || !plain) {
    throw machine.fail("the state of a dtype is not that of a plain number");
  }
  dtype.bigEndian = order === ">";
}

function emptyArray(machine: Machine, [type]: readonly Item[]): ArrayObject {
  if (type instanceof GlobalName && type.name === "numpy.ndarray") return new ArrayObject();
  throw machine.fail("only numpy.ndarray is reconstructed");
}

function scalarOf(machine: Machine, [dtype, bytes]: readonly Item[]): Item {
  if (!(dtype instanceof Dtype) || !(bytes instanceof Uint8Array)) throw machine.fail("a scalar is a dtype and bytes");
  const width = widthOf(dtype.type);
  if (bytes.length !== width) throw machine.fail(`a ${dtype.type} scalar of ${bytes.length} bytes`);
  const value = numbersOver(dtype.type, Uint8Array.from(bytes).buffer, dtype.bigEndian)[0]!;
  if (dtype.type === "b1") return value !== 0;
  return typeof value === "bigint" && BigInt.asIntN(53, value) === value && Number.isSafeInteger(Number(value))
    ? Number(value)
    : value;
}

/** State of an array: version, shape, dtype, whether in Fortran order, bytes. */
export function buildArray(machine: Machine, array: ArrayObject, state: Item): void {
  const [, shape, dtype, fortranOrder, bytes] = Array.isArray(state) ? state : [];
  fill(machine, array, { bytes, dtype, shape, fortranOrder: fortranOrder === true });
}

function arrayOfBuffer(machine: Machine, [bytes, dtype, shape, order]: readonly Item[]): ArrayObject {
  const array = new ArrayObject();
  fill(machine, array, { bytes, dtype, shape, fortranOrder: order === "F" });
  return array;
}

interface Parts {
  readonly bytes: Item | undefined;
  readonly dtype: Item | undefined;
  readonly shape: Item | undefined;
  readonly fortranOrder: boolean;
}

function fill(machine: Machine, array: ArrayObject, { bytes, dtype, shape, fortranOrder }: Parts): void {
  if (array.built) throw machine.fail("an array takes its state once");
  if (!(dtype instanceof Dtype)) throw machine.fail("an array has no dtype");
  if (!(bytes instanceof Uint8Array)) throw machine.fail(`an array's numbers are ${nameOf(bytes ?? null)}, not bytes`);
  const lengths = Array.isArray(shape) ? shape : [NaN];
  machine.charge((fortranOrder ? 2 : 1) * bytes.length);
  try {
    const form = { type: dtype.type, shape: lengths.map(Number), bigEndian: dtype.bigEndian, fortranOrder };
    Object.assign(array, arrayOver(Uint8Array.from(bytes).buffer, form), { built: true });
  } catch (error) {
    throw machine.fail(messageOf(error));
  }
}
