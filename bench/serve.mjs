import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** The side of a peer that is written in JavaScript: says `ready`, then answers each line by `answer`. */
export async function serve(ready, answer) {
  const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  forgetPeak();
  say(ready);
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    if (request.forgetPeak) forgetPeak();
    const before = process.cpuUsage();
    const answered = await answer(request);
    const { user, system } = process.cpuUsage(before);
    say({ ...answered, cpuSeconds: (user + system) / 1e6, peakMb: peakMb() });
  }
}

/** Largest resident memory since `forgetPeak`, in MB. */
function peakMb() {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return (Number(kib) * 1024) / 1e6;
}

/** Leaves out what loading, or an earlier case, took for a moment. */
function forgetPeak() {
  globalThis.gc?.();
  writeFileSync("/proc/self/clear_refs", "5");
}
