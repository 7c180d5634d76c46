import { ByteLevelDecoder, type Decoder, SequenceDecoder } from '@huggingface/tokenizers';
import type { AddedToken } from './added-tokens.ts';
import { badFile, fieldsOf } from './step-json.ts';

/** Makes a text of tokens. */
export type Decode = (tokens: readonly string[]) => string;

type DecoderJson = ConstructorParameters<typeof SequenceDecoder>[0];

/** The decoder of tokenizer.json, run by @huggingface/tokenizers; without one tokens are joined by blanks. */
export function readDecoder(json: unknown, added: readonly AddedToken[]): Decode {
  if (json === null || json === undefined) return (tokens) => tokens.join(' ');
  const fields = fieldsOf('decoder', json);
  let sequence: SequenceDecoder;
  try {
    // A sequence of one makes whatever kind it is.
    sequence = new SequenceDecoder({ type: 'Sequence', decoders: [fields.json] } as unknown as DecoderJson);
  } catch (cause) {
    throw badFile('the decoder must be one that is known.', 'a decoder of @huggingface/tokenizers 0.2', `${fields.json.type}: ${cause}`);
  }
  tellAdded(sequence, added);
  return (tokens) => sequence.decode([...tokens]);
}

/** Added tokens are no bytes: a decoder of bytes leaves them as they are. */
function tellAdded(decoder: Decoder, added: readonly AddedToken[]): void {
  if (decoder instanceof SequenceDecoder) for (const each of decoder.decoders) tellAdded(each, added);
  if (!(decoder instanceof ByteLevelDecoder)) return;
  decoder.added_tokens = added.map((token) => ({
    content: token.content,
    id: token.id,
    special: token.isSpecial,
    single_word: token.isWord,
    lstrip: token.stripsLeft,
    rstrip: token.stripsRight,
    normalized: token.isNormalized,
  }));
}
