/** One message of a dialogue. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** A dialogue's tokens, and which of them the loss is taken on. */
export interface TokenisedDialogue {
  /** [T] */
  readonly ids: Int32Array;
  /** [T] 1 on the tokens of responses and their end-of-turn tokens, else 0. */
  readonly mask: Uint8Array;
}
