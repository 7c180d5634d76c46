import { encoderLattice } from '../model/encoder-lattice.ts';
import { piecesOf } from '../model/unigram.ts';
import { replaced } from '../normalizer/replace.ts';
import { unicodeForm } from '../normalizer/unicode-form.ts';
import { matchesOf } from '../pattern/pattern.ts';
import { pipelineOf } from '../pipeline.ts';
import { whole } from '../place.ts';
import { readTemplate } from '../post-processor/template.ts';
import { withPrefix } from '../pre-tokenizer/metaspace.ts';
import { type Tokenizer, tokenizerOf } from '../tokenizer.ts';

const spaces = matchesOf(/ /g);

/** Universal Sentence Encoder lite's vocab.json, a list of [piece, score]: the ids are those of @tensorflow-models/universal-sentence-encoder. */
export function fromEncoderPieces(json: unknown): Tokenizer {
  const model = encoderLattice(piecesOf(withoutNull(json)));
  const nfkc = unicodeForm('NFKC');
  return tokenizerOf({
    pipeline: pipelineOf({
      added: [],
      model,
      normalizers: [(text) => replaced(nfkc(text, whole), spaces, '▁')],
      // Whatever the text begins with: one more ▁.
      preTokenizers: [(pieces, place) => withPrefix(pieces, '▁', () => place.isStart)],
    }),
    template: readTemplate(null),
    decode: (tokens) => tokens.join('').replaceAll('▁', ' ').replace(/^ /, ''),
    special: { unk: 0 },
    fileAsked: { truncation: undefined, padding: undefined, maxLength: undefined },
  });
}

/** Seven pieces with a colon have null for a score in the published file, which JavaScript adds up as 0. */
function withoutNull(json: unknown): unknown {
  if (!Array.isArray(json)) return json;
  return json.map((each: unknown) => (Array.isArray(each) && each.length === 2 && each[1] === null ? [each[0], 0] : each));
}
