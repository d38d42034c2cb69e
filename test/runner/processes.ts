import { readdirSync, readFileSync } from "node:fs";

/** Parent of a process, and whether it is a zombie, from the kernel's own record; undefined once it is gone. */
function statOf(pid: number): { readonly parent: number; readonly state: string } | undefined {
  try {
    // The name in brackets may hold blanks and brackets.
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return { parent: Number(parent), state: state! };
  } catch {
    return undefined;
  }
}

/** Every process below one, nearest first. */
export function descendantsOf(pid: number): readonly number[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const parents = new Map(all.map((name) => [Number(name), statOf(Number(name))?.parent]));
  const below = [pid];
  for (const parent of below) for (const [child, of] of parents) if (of === parent) below.push(child);
  return below.slice(1);
}

export function isAlive(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.state !== "Z";
}
