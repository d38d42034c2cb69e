import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

type Room = typeof import("../../../lib/dist/recommenders/kernels/board.js");

const { Board } = require("../../../../lib/dist/recommenders/kernels/board.js") as Room;
type Kernels = ReturnType<Parameters<InstanceType<Room["Board"]>["help"]>[0]>;

const call = { memory: 0, kernel: "gemm", args: [0, 0, 0, 8, 4, 4, 0, 0], parts: 2 } as const;
const ones = (): Kernels => ({ gemm: () => 1 }) as unknown as Kernels;
/** A part is taken by somebody who does not do it. */
const take = ({ buffer }: { readonly buffer: SharedArrayBuffer }): void =>
  void Atomics.add(new Int32Array(buffer), 0, 1);

test("a call's parts are done once each, and their results summed", () => {
  const board = new Board();
  for (let round = 0; round < 3; round++) {
    board.post(call);
    board.help(ones);
    assert.equal(board.finish(call), 2);
  }
});

test("why a part failed is told, to its end or cut, and the next call goes on", () => {
  const board = new Board();
  for (const [reason, told] of [
    ["no memory 7", /^Cannot run gemm: no memory 7$/],
    ["é".repeat(300), /^Cannot run gemm: é{256}$/],
    ["", /^Cannot run gemm: no reason given$/],
  ] as const) {
    board.post(call);
    board.help(() => {
      throw new Error(reason);
    });
    assert.throws(() => board.finish(call), { message: told });
    board.post(call);
    board.help(ones);
    assert.equal(board.finish(call), 2);
  }
});

test("a part that nobody finishes ends the call, and a board whose threads are lost takes no further one", () => {
  const board = new Board(undefined, { patience: 20 });
  board.post(call);
  take(board);
  board.help(ones);
  assert.throws(() => board.finish(call), /Cannot finish gemm: a thread took a part and does not answer/);
  assert.throws(() => board.post(call), /Cannot share gemm with threads: one of them took a part of an earlier call/);
  const other = new Board();
  other.lose("one of them ended: out of memory");
  assert.throws(() => other.post(call), /Cannot share gemm with threads: one of them ended: out of memory/);
});

test("a part that was finished while its thread could not say so is not missed", async (t) => {
  const board = new Board(undefined, { patience: 600 });
  const late = `
    const { parentPort, workerData } = require("node:worker_threads");
    const words = new Int32Array(workerData);
    const seen = Atomics.load(words, 0);
    parentPort.postMessage("ready");
    Atomics.wait(words, 0, seen);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    Atomics.add(words, 1, 1);
  `;
  const worker = new Worker(late, { eval: true, workerData: board.buffer });
  t.after(() => worker.terminate());
  await once(worker, "message");
  board.post(call);
  take(board);
  board.help(ones);
  assert.equal(board.finish(call), 1);
});
