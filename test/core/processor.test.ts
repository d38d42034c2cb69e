import assert from "node:assert/strict";
import { cpus } from "node:os";
import { test } from "node:test";
import { processorName, widestVectors } from "reclm/core";

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
