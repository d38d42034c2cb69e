import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { InputError } from "reclm/core";
import { readProfileFile, replayTeacher, type ReplayedProfiles } from "reclm/profiles";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "replay-"));
});
after(() => rm(folder, { recursive: true }));

async function read(name: string, text: string): Promise<ReplayedProfiles> {
  await writeFile(join(folder, name), text);
  return readProfileFile(join(folder, name), ["u1", "2", "u3"]);
}

const a = { identity: ["a"], interests: ['b "c", d'] };

test("JSON lines: numbers as ids, unknown ids and unusable texts are told", async () => {
  const lines = [
    JSON.stringify({ id: "u1", text: 'User identity: [a]; User interests: [b "c", d]' }),
    JSON.stringify({ id: 2, text: "nothing" }),
    "",
    JSON.stringify({ id: "u9", text: "x" }),
  ];
  const { profiles, unknownIds, unusable } = await read("p.jsonl", `\uFEFF${lines.join("\r\n")}`);
  assert.deepEqual(profiles[0]?.identity, ["a"]);
  assert.deepEqual(profiles.slice(1), [undefined, undefined]);
  assert.deepEqual(unknownIds, ["u9"]);
  assert.deepEqual(
    unusable.map(({ id }) => id),
    ["2"],
  );
  const teacher = replayTeacher("released GPT-3.5", profiles);
  assert.deepEqual(teacher.profileOf(0, [1]), teacher.profileOf(0, []));
});

test("CSV: quotes, doubled quotes, line ends inside quotes", async () => {
  const text =
    'id,text\r\nu1,"User identity: [a]\nUser interests: [b ""c"", d]"\r\n2,User identity: [x]; User interests: [y]\n';
  const { profiles } = await read("p.csv", text);
  assert.deepEqual(profiles[0]?.identity, a.identity);
  assert.deepEqual(profiles[1], { identity: ["x"], interests: ["y"] });
});

test("bad rows name file, line and field", async () => {
  const fails = async (name: string, text: string, line: number, field: string): Promise<void> => {
    await assert.rejects(read(name, text), (error: unknown) => {
      assert.ok(error instanceof InputError, String(error));
      assert.deepEqual([error.file, error.line, error.field], [join(folder, name), line, field]);
      return true;
    });
  };
  await fails("p.jsonl", '{"id":"u1","text":"x"}\n{"id":', 2, "line");
  await fails("p.jsonl", '{"id":"u1"}', 1, "text");
  await fails("p.jsonl", '{"text":"x"}', 1, "id");
  await fails("p.jsonl", "null", 1, "id");
  await fails("p.jsonl", '{"id":"u1","text":"x"}\n{"id":"u1","text":"y"}', 2, "id");
  await fails("p.csv", "", 1, "row");
  await fails("p.csv", "user,text\nu1,x", 1, "header");
  await fails("p.csv", "id,text\nu1", 2, "row");
  await fails("p.csv", "id,text\nu1,a,b", 2, "row");
  await fails("p.csv", "id,text\n,a", 2, "id");
  await fails("p.csv", 'id,text\nu1,"a', 2, "2");
});
