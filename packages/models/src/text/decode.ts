import { ByteLevelDecoder, type Decoder, ReplaceDecoder, SequenceDecoder } from '@huggingface/tokenizers';
import type { AddedToken } from './added-tokens.ts';
import { alignedText } from './aligned-text.ts';
import { replaced } from './normalizer/replace.ts';
import { type Matches, patternOf } from './pattern/pattern.ts';
import { badFile, type Fields, fieldsOf, mostSteps } from './step-json.ts';

/** Makes a text of tokens. */
export type Decode = (tokens: readonly string[]) => string;

type DecoderJson = ConstructorParameters<typeof SequenceDecoder>[0];

/** The decoder of tokenizer.json, run by @huggingface/tokenizers, but for patterns; without one tokens are joined by blanks. */
export function readDecoder(json: unknown, added: readonly AddedToken[]): Decode {
  if (json === null || json === undefined) return (tokens) => tokens.join(' ');
  const fields = fieldsOf('decoder', json);
  const replacements = replacementsIn(fields);
  let sequence: SequenceDecoder;
  try {
    // A sequence of one makes whatever kind it is.
    sequence = new SequenceDecoder({ type: 'Sequence', decoders: [fields.json] } as unknown as DecoderJson);
  } catch (cause) {
    throw badFile('the decoder must be one that is known.', 'a decoder of @huggingface/tokenizers 0.2', `${fields.json.type}: ${cause}`);
  }
  tellAdded(sequence, added);
  takeOver(sequence, replacements);
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

interface Replacement {
  readonly matches: Matches;
  readonly content: string;
}

/** What the Replace decoders do, in order; their patterns are a stranger's, as everywhere. */
function replacementsIn(whole: Fields): readonly Replacement[] {
  const found: Replacement[] = [];
  let count = 0;
  const visit = (fields: Fields, depth: number): void => {
    count += 1;
    if (count > mostSteps || depth > 8)
      throw badFile('the decoder must be short.', `${mostSteps} steps at most, 8 within each other`, depth > 8 ? 'more of these' : 'more');
    if (fields.json.type === 'Replace')
      found.push({ matches: patternOf(fields.where, fields.json['pattern']), content: fields.text('content', '') });
    if (fields.json.type === 'Sequence') for (const each of fields.steps('decoders')) visit(fieldsOf('decoder', each), depth + 1);
  };
  visit(whole, 0);
  return found;
}

/** The same order in what the library made. */
function takeOver(sequence: SequenceDecoder, replacements: readonly Replacement[]): void {
  const left = [...replacements];
  const visit = (decoder: Decoder): void => {
    if (decoder instanceof SequenceDecoder) decoder.decoders.forEach(visit);
    if (!(decoder instanceof ReplaceDecoder)) return;
    const own = left.shift();
    if (own === undefined) return;
    decoder.decode_chain = (tokens) => tokens.map((token) => replaced(alignedText(token), own.matches, own.content).text);
  };
  visit(sequence);
}
