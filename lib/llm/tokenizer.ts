import type { LlamaModel, Token } from "node-llama-cpp";
import { messageOf } from "../core";
import { type GgufFile, metadataNumber, metadataString, metadataStrings, openGguf } from "./gguf";
import { loadLlama } from "./llama";

/** A model's tokenizer and chat template; needs `dispose()` when done. */
export interface ChatTokenizer {
  readonly modelPath: string;
  readonly vocabSize: number;
  /** Jinja, from the GGUF file. */
  readonly chatTemplate: string;
  readonly eosId: number;
  /** The token that ends a turn: the one the file names, else its end of sequence. */
  readonly eotId: number;
  readonly bosId?: number;
  /** Text of control tokens (and of user-defined ones that end a turn), with their ids. */
  readonly specialTokens: ReadonlyMap<string, number>;
  isEndOfTurn(id: number): boolean;
  /**
   * Ids of a text. `special`: text of control tokens becomes those tokens, else it is spelled out. `continues`: the text
   * goes on from other text, so no space is put before it (only SentencePiece vocabularies do so).
   */
  encode(text: string, options?: { readonly special?: boolean; readonly continues?: boolean }): Int32Array;
  /** Text of ids; control tokens are left out unless `special`. Throws for an id outside the vocabulary. */
  decode(ids: ArrayLike<number>, options?: { readonly special?: boolean }): string;
  dispose(): Promise<void>;
}

const CONTROL = 3;

/**
 * Opens the tokenizer of a GGUF model; weights are not loaded.
 *
 * @example
 * const tokenizer = await openTokenizer("model.gguf");
 * tokenizer.decode(tokenizer.encode("Heat (1995)")); // "Heat (1995)"
 */
export async function openTokenizer(modelPath: string): Promise<ChatTokenizer> {
  const file = await openGguf(modelPath);
  const chatTemplate = metadataString(file, "tokenizer.chat_template", "");
  const llama = await loadLlama();
  const model = await llama.loadModel({ modelPath, vocabOnly: true }).catch((error: unknown) => {
    throw new Error(`Cannot load the tokenizer of ${modelPath}: ${messageOf(error)}`, { cause: error });
  });
  return tokenizerOf(model, file, chatTemplate);
}

function tokenizerOf(model: LlamaModel, file: GgufFile, chatTemplate: string): ChatTokenizer {
  const { eos, bos } = model.tokens;
  if (eos === null) throw new TypeError(`Cannot use the tokenizer of ${file.path}: it has no end-of-sequence token`);
  const vocabSize = metadataStrings(file, "tokenizer.ggml.tokens").length;
  const prefixesSpace = metadataString(file, "tokenizer.ggml.model") === "llama";
  return {
    modelPath: file.path,
    vocabSize,
    chatTemplate,
    eosId: eos,
    // Not model.tokens.eot: without the key llama.cpp guesses one by its text, <|endoftext|> among others.
    eotId: metadataNumber(file, "tokenizer.ggml.eot_token_id", eos),
    ...(bos === null ? {} : { bosId: bos }),
    specialTokens: specialTokensOf(model, file),
    isEndOfTurn: (id) => model.isEogToken(id as Token),
    encode(text, { special = false, continues = false } = {}) {
      const trim = continues && prefixesSpace ? "trimLeadingSpace" : undefined;
      return Int32Array.from(model.tokenize(text, special, trim));
    },
    decode(ids, { special = false } = {}) {
      const tokens = Array.from(ids, (id) => {
        if (!(id >= 0 && id < vocabSize))
          throw new RangeError(`Cannot decode id ${id}: the vocabulary has ${vocabSize}`);
        return id as Token;
      });
      return model.detokenize(tokens, special);
    },
    dispose: () => model.dispose(),
  };
}

function specialTokensOf(model: LlamaModel, file: GgufFile): ReadonlyMap<string, number> {
  const tokens = metadataStrings(file, "tokenizer.ggml.tokens");
  const types = file.metadata.get("tokenizer.ggml.token_type");
  if (types?.type !== "array" || types.value.length !== tokens.length) {
    throw new TypeError(
      `Cannot use the tokenizer of ${file.path}: its token types do not fit its ${tokens.length} tokens`,
    );
  }
  const special = new Map<string, number>();
  tokens.forEach((token, id) => {
    if (Number(types.value[id]) === CONTROL || model.isEogToken(id as Token)) special.set(token, id);
  });
  return special;
}
