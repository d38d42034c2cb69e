// What prepare.py wrote, as this project's structures.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import core from "reclm/core";

/** A training set, its item texts, and the full-shot evaluation. */
export function readData(folder) {
  const meta = JSON.parse(readFileSync(join(folder, "meta.json"), "utf8"));
  const bytes = (name) => {
    const file = readFileSync(join(folder, name));
    return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  };
  const integers = (name) => new Int32Array(bytes(`${name}.i32`));
  const matrix = (name) =>
    core.csrOfPairs(
      meta.users,
      meta.items,
      integers(name ? `${name}Users` : "users"),
      integers(name ? `${name}Items` : "items"),
    );
  const set = { userCount: meta.users, itemCount: meta.items, train: matrix(""), warmItems: integers("warm") };
  const text = core.matrixOf(meta.items, meta.text, new Float32Array(bytes("text.f32")));
  const evaluation = { positives: matrix("test"), masked: matrix("mask"), candidates: integers("candidates") };
  return { meta, set, features: { itemText: text }, evaluation };
}
