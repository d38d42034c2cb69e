import assert from "node:assert/strict";
import { test } from "node:test";
import { disposeAll, withDisposal, type Handle } from "reclm/core";

/** Handles that say when they are opened and disposed of; the named one's disposal fails. */
function handles(failing?: string) {
  const said: string[] = [];
  const open = async (name: string): Promise<Handle & { readonly name: string }> => {
    said.push(`open ${name}`);
    const dispose = async (): Promise<void> => {
      said.push(`dispose ${name}`);
      if (name === failing) throw new Error(`${name} stays`);
    };
    return { name, dispose };
  };
  return { said, open };
}

test("handles are disposed of after the work, the last one first, also those without a promise", async () => {
  const { said, open } = handles();
  const result = await withDisposal(async (hold) => {
    const a = await hold(open("a"));
    const b = await hold(open("b"));
    await hold(Promise.resolve({ dispose: () => void said.push("dispose c") }));
    said.push(`work with ${a.name} and ${b.name}`);
    return 7;
  });
  assert.equal(result, 7);
  assert.deepEqual(said, ["open a", "open b", "work with a and b", "dispose c", "dispose b", "dispose a"]);
});

test("where a later one does not open, those before it are disposed of", async () => {
  const { said, open } = handles();
  const failing = withDisposal(async (hold) => {
    await hold(open("a"));
    await hold(Promise.reject(new Error("no such file")));
  });
  await assert.rejects(failing, /no such file/);
  assert.deepEqual(said, ["open a", "dispose a"]);
});

test("a disposal that fails keeps no other from being done, and does not hide the work's error", async () => {
  const { said, open } = handles("b");
  const work = (end: () => number): Promise<number> =>
    withDisposal(async (hold) => {
      for (const name of ["a", "b", "c"]) await hold(open(name));
      return end();
    });
  const torn = (): never => {
    throw new Error("torn");
  };
  await assert.rejects(work(torn), /^Error: torn$/);
  const disposed = ["dispose c", "dispose b", "dispose a"];
  assert.deepEqual(said.slice(3), disposed);
  said.length = 0;
  await assert.rejects(work(() => 1), /^Error: b stays$/); // prettier-ignore
  assert.deepEqual(said.slice(3), disposed);
  said.length = 0;
  await assert.rejects(disposeAll([await open("a"), await open("b")]), /b stays/);
  assert.deepEqual(said.slice(2), ["dispose b", "dispose a"]);
});
