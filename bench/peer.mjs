import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { root } from "../scripts/setup/project.mjs";

/** A process that stays up and answers one line of JSON with another. */
export class Peer {
  #child;
  #lines;

  /** Starts it and waits until it says that it is ready; `settings` is its last argument and says how many threads it may use. */
  static async start(command, args, settings) {
    const peer = new Peer(command, [...args, JSON.stringify(settings)], String(settings.threads));
    peer.ready = await peer.#next();
    return peer;
  }

  constructor(command, args, threads) {
    const own = { OMP_NUM_THREADS: threads, MKL_NUM_THREADS: threads, TF_NUM_INTRAOP_THREADS: threads };
    const env = { ...process.env, ...own };
    this.#child = spawn(command, args, { cwd: root, env, stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async #next() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`Cannot go on: ${this.#child.spawnargs.slice(0, 2).join(" ")} has ended`);
    return JSON.parse(value);
  }

  async ask(request) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return this.#next();
  }

  async stop() {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}
