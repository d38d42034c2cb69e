/** A bad place in an input file: says which file, line (from 1; the row of a file without lines) and field. */
export class InputError extends SyntaxError {
  constructor(
    readonly file: string,
    readonly line: number,
    readonly field: string,
    reason: string,
  ) {
    super(`Cannot read ${file}, line ${line}, field ${field}: ${reason}`);
    this.name = "InputError";
  }
}

/** Something an earlier step makes is not there yet; the message says what to run. */
export class MissingInputError extends Error {
  constructor(what: string, remedy: string) {
    super(`Cannot find ${what}: ${remedy}`);
    this.name = "MissingInputError";
  }
}
