import assert from "node:assert/strict";
import { cpus } from "node:os";
import { test } from "node:test";
import { lanesOf, loadNative, MissingInputError, processorFlags, processorName, widestVectors } from "reclm/core";

test("the widest vectors are read from the flags of the first processor", () => {
  const file = (flags: string): string =>
    `processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: ${flags}\n\nprocessor\t: 1\n`;
  assert.equal(widestVectors(file("fpu avx avx2 avx512f avx512_vnni")), "AVX-512");
  assert.equal(widestVectors(file("fpu avx avx2 avx_vnni")), "AVX2");
  assert.equal(widestVectors(file("fpu avx")), "AVX");
  assert.equal(widestVectors(file("fpu sse4_2")), undefined);
  // Arm names them otherwise.
  assert.equal(widestVectors("processor\t: 0\nFeatures\t: fp asimd\n"), undefined);
  assert.equal(widestVectors(""), undefined);
});

test("a processor's name begins with what the system calls it", () => {
  assert.ok(processorName().startsWith(cpus()[0]!.model.trim()), processorName());
});

test("compiled code is chosen by what the processor knows, down to vectors of four", () => {
  const lanes = (flags: string): readonly number[] => lanesOf(processorFlags(`flags : ${flags}\n`));
  assert.deepEqual(lanes("fpu avx avx2 fma avx512f"), [16, 8, 4]);
  assert.deepEqual(lanes("fpu avx avx2 fma"), [8, 4]);
  assert.deepEqual(lanes("fpu avx avx2"), [4]);
  assert.deepEqual(lanesOf(processorFlags("")), [4]);
});

test("compiled code that is not there says how to make it", () => {
  assert.throws(
    () => loadNative("/nowhere/kernels", 4),
    (error: unknown) => {
      assert.ok(error instanceof MissingInputError);
      assert.match(error.message, /kernels-4\.node[^]*npm run setup/);
      return true;
    },
  );
});
