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

/** A bad place in a binary file, which is one line: says which file, byte (from 0) and element (an opcode, a header field). */
export class ByteInputError extends InputError {
  constructor(
    file: string,
    readonly offset: number,
    field: string,
    reason: string,
  ) {
    super(file, 1, field, reason);
    this.message = `Cannot read ${file}, byte ${offset}, ${field}: ${reason}`;
    this.name = "ByteInputError";
  }
}

/** Something an earlier step makes is not there yet; the message says what to run. */
export class MissingInputError extends Error {
  constructor(what: string, remedy: string) {
    super(`Cannot find ${what}: ${remedy}`);
    this.name = "MissingInputError";
  }
}
