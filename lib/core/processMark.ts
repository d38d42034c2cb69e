import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { namesIn } from "./files";

/** A file or folder whose name says which process made it. */
export interface Marked {
  readonly path: string;
  /** The process while it runs; undefined once it is gone. */
  readonly pid: number | undefined;
}

/** "<pid>-<start>": names this process, and no later one that is given the same number. */
export function ownMark(): string {
  return `${process.pid}-${startOf(process.pid) ?? "0"}`;
}

/** What stands beside `path` as "<its name>.<mark>.<anything><ending>", in the order of the names. */
export async function markedBeside(path: string, ending: string): Promise<readonly Marked[]> {
  const [folder, prefix] = [dirname(path), `${basename(path)}.`];
  return (await namesIn(folder))
    .filter((name) => name.startsWith(prefix) && name.endsWith(ending))
    .flatMap((name) => {
      const [, pid, start] = /^(\d+)-(\d+)\./.exec(name.slice(prefix.length)) ?? [];
      if (pid === undefined) return [];
      return [{ path: join(folder, name), pid: startOf(Number(pid)) === start ? Number(pid) : undefined }];
    });
}

/** A process that runs and has a lock, "<any name>.<mark>.lock", anywhere below a folder; undefined where there is none. */
export async function lockHolderBelow(folder: string): Promise<number | undefined> {
  const names = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const marks = names.map((name) => /\.(\d+)-(\d+)\.lock$/.exec(name));
  const alive = marks.find((mark) => mark && startOf(Number(mark[1])) === mark[2]);
  return alive ? Number(alive[1]) : undefined;
}

/** Clock ticks from the machine's start to the process's; undefined for one that is gone, or dead and waited for by nobody. */
function startOf(pid: number): string | undefined {
  try {
    // The name in brackets may hold blanks and brackets.
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return state === "Z" || state === "X" ? undefined : fields[18];
  } catch {
    return undefined;
  }
}
