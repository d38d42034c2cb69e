/** A number with its noun, for captions and messages: `counted(1, "seed")` is "1 seed", `counted(2, "seed")` "2 seeds". */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** A count with thousands apart: "55,375". */
export function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}
