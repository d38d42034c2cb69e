// A thread of a crew: takes parts of the calls on the board, and sleeps between them.
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { Board, briefly } from "./board";
import type { Message } from "./crew";
import type { KernelFunctions } from "./functions";
import { kernelsOn } from "./wasm";

const board = new Board(workerData as SharedArrayBuffer);
const kernels = new Map<number, KernelFunctions>();

for (let seen = board.word, spins = 0; ;) {
  board.help((memory) => {
    if (!kernels.has(memory)) hear();
    return kernels.get(memory)!;
  });
  const { word } = board;
  if (word !== seen) [seen, spins] = [word, 0];
  else if (++spins > briefly) {
    hear();
    board.sleep(word);
    spins = 0;
  }
}

function hear(): void {
  for (;;) {
    const message = receiveMessageOnPort(parentPort!)?.message as Message | undefined;
    if (!message) return;
    if (message.kind === "drop") kernels.delete(message.id);
    else kernels.set(message.id, kernelsOn(message.memory));
  }
}
