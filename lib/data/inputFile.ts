import { readFile } from "node:fs/promises";
import { MissingInputError } from "../core";

/** The bytes of a data file; throws a MissingInputError where there is none. */
export async function readInput(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new MissingInputError(file, "check the path; `npm run setup` fetches the data that come with the project");
  }
}
