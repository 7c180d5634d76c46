import type { Part, Template } from './post-processor/template.ts';
import type { Tokens } from './token-list.ts';

/** What a model reads of a text or of two, n tokens long. */
export interface Encoding {
  readonly ids: Int32Array;
  /** Start and end of each token in turn, 2 n numbers: half-open ranges of UTF-16 units of its own text; 0, 0 for tokens of the template. */
  readonly offsets: Uint32Array;
  /** token_type_ids. */
  readonly typeIds: Uint8Array;
  /** 1 for tokens of the template, which no text has: [CLS], [SEP]. */
  readonly specialTokens: Uint8Array;
  /** Which word of its text a token belongs to, as the pre-tokenizer counts them; -1 for tokens of the template. */
  readonly wordIds: Int32Array;
  /** 0 for the text, 1 for its pair, -1 for tokens of the template. */
  readonly sequenceIds: Int8Array;
}

/** Puts texts into their template; without special tokens the types of the template stay. */
export function arranged(template: Template, texts: readonly Tokens[], addSpecialTokens: boolean): Encoding {
  const parts = (texts.length > 1 ? template.pair : template.single).filter(({ kind }) => kind === 'text' || addSpecialTokens);
  const tokensOf = (part: Part): Tokens | undefined => (part.kind === 'text' ? texts[part.which] : undefined);
  const lengthOf = (part: Part): number => (part.kind === 'special' ? part.ids.length : (tokensOf(part)?.ids.length ?? 0));
  const length = parts.reduce((sum, part) => sum + lengthOf(part), 0);
  const made: Encoding = {
    ids: new Int32Array(length),
    offsets: new Uint32Array(2 * length),
    typeIds: new Uint8Array(length),
    specialTokens: new Uint8Array(length),
    wordIds: new Int32Array(length).fill(-1),
    sequenceIds: new Int8Array(length).fill(-1),
  };
  let at = 0;
  for (const part of parts) {
    const end = at + lengthOf(part);
    made.typeIds.fill(part.typeId, at, end);
    const tokens = tokensOf(part);
    if (part.kind === 'special') {
      made.ids.set(part.ids, at);
      made.specialTokens.fill(1, at, end);
    } else if (tokens !== undefined) {
      made.ids.set(tokens.ids, at);
      made.offsets.set(tokens.offsets, 2 * at);
      made.wordIds.set(tokens.wordIds, at);
      made.sequenceIds.fill(part.which, at, end);
    }
    at = end;
  }
  return made;
}
