/** Lower case, letters and digits only, single spaces, apostrophes dropped: "Children's" -> "childrens", "Sci-Fi" -> "sci fi". */
export function normalised(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/['’]/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
