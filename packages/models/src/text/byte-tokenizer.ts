import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { widthAt } from './aligned-text.ts';
import type { Model } from './model/model.ts';
import { byteCharacters, bytesOf } from './normalizer/byte-characters.ts';
import { pipelineOf } from './pipeline.ts';
import { readTemplate } from './post-processor/template.ts';
import { type Tokenizer, tokenizerOf } from './tokenizer.ts';

export interface ByteTokenizerOptions {
  /** What is added to a byte: 2 in google/reformer-enwik8, whose 0 is for padding; 0 by default. */
  readonly shift?: number | undefined;
}

/**
 * A tokenizer whose tokens are the bytes of UTF-8. Each has the whole of its character as its range. A token is named by GPT-2's letter for its byte.
 * @throws ConfigError for a shift that is no integer of at least 0
 * @cost O(n)
 * @source google/reformer-enwik8's `encode` and `decode`, with a shift of 2
 * @example
 * const { ids, offsets } = byteTokenizer({ shift: 2 }).encodeText('né');
 * [...ids]; // => [112, 197, 171]
 * [...offsets]; // => [0, 1, 1, 2, 1, 2]
 */
export function byteTokenizer(options: ByteTokenizerOptions = {}): Tokenizer {
  const caller = 'byteTokenizer';
  requireKnown<ByteTokenizerOptions>(caller, options, { shift: true });
  const { shift = 0 } = options;
  requireInteger(caller, { shift }, 0, { atMost: 2 ** 20 });
  const letters = new Map(byteCharacters.map((letter, byte) => [letter, byte]));
  const byteOf = (letter: string): number => letters.get(letter) ?? 0;
  const model: Model = {
    size: shift + 256,
    idOf: (token) => (letters.has(token) ? byteOf(token) + shift : undefined),
    tokenOf: (id) => byteCharacters[id - shift],
    parts: () => true,
    tokenize: (word, emit) => {
      for (let at = 0; at < word.length; ) {
        const end = at + widthAt(word, at);
        for (const letter of bytesOf(word.slice(at, end))) emit(byteOf(letter) + shift, at, end);
        at = end;
      }
    },
  };
  return tokenizerOf({
    pipeline: pipelineOf({ added: [], normalizers: [], preTokenizers: [], model }),
    template: readTemplate(null),
    decode: (tokens) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(tokens, byteOf)),
    special: {},
    fileAsked: { truncation: undefined, padding: undefined, maxLength: undefined },
  });
}
