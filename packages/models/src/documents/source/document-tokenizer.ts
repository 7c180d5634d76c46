import { ConfigError, requireKind, show, typeName } from '@longspan/core-tensor/error';
import type { TextTokenizer, TextTokens, TokenizeOptions } from './text-tokenizer.ts';

/** The tokens of one or two texts in their template. */
export interface TemplatedTokens extends TextTokens {
  readonly typeIds: ArrayLike<number>;
  /** 0 for the first text, 1 for the second, −1 for special tokens. */
  readonly sequenceIds: ArrayLike<number>;
}

/** A tokenizer that puts its special tokens around a text itself: those of @longspan/models/text are such. */
export interface TemplatedTokenizer {
  encodeText(text: string, options?: { readonly pair?: string; readonly addSpecialTokens?: boolean }): TemplatedTokens;
  encode(text: string, options?: TokenizeOptions & { readonly addSpecialTokens?: boolean }): TextTokens | Promise<TextTokens>;
  decode(ids: readonly number[], options?: { readonly skipSpecialTokens?: boolean }): string;
  tokenOf(id: number): string | undefined;
}

/** A tokenizer for documents that can also go back. */
export interface DocumentTokenizer extends TextTokenizer {
  decode(ids: readonly number[]): string;
}

/** Letters that are no word: WordPiece cuts them into pieces that begin with ##. */
const noWord = 'qxzjkvwq';

/**
 * A tokenizer of texts as documents take it: with its special tokens apart, which are found by encoding a letter alone and as a pair.
 * @throws ConfigError when it lacks what is asked of it
 * @cost three short encodings
 * @example
 * const encodeText = (text, { pair = '', addSpecialTokens = true } = {}) => {
 *   const sequenceIds = [-1, 0, -1, ...(pair === '' ? [] : [1, -1])].filter((of) => addSpecialTokens || of >= 0);
 *   const ids = Int32Array.from(sequenceIds, (of) => (of < 0 ? 1 : 7));
 *   return { ids, offsets: new Uint32Array(2 * ids.length), typeIds: sequenceIds.map((of) => Math.max(0, of)), sequenceIds };
 * };
 * const { template } = documentTokenizer({ encodeText, encode: encodeText, decode: () => '', tokenOf: () => 'a' });
 * [template.single, template.pair.between, template.pair.secondType]; // => [{ before: [1], after: [1] }, [1], 1]
 */
export function documentTokenizer(tokenizer: TemplatedTokenizer): DocumentTokenizer {
  const caller = 'documentTokenizer';
  for (const name of ['encodeText', 'encode', 'decode', 'tokenOf'] as const)
    requireKind(caller, `tokenizer.${name}`, (tokenizer as TemplatedTokenizer | null | undefined)?.[name], 'function');
  const isPiece = (id: number): boolean => {
    const token: unknown = tokenizer.tokenOf(id);
    return typeof token === 'string' && token.startsWith('##');
  };
  const single = parts(tokenizer.encodeText('a'));
  const pair = parts(tokenizer.encodeText('a', { pair: 'a' }));
  const cutsWords = Array.from(tokenizer.encodeText(noWord, { addSpecialTokens: false }).ids).some(isPiece);
  return {
    template: {
      single: { before: single.before, after: single.after },
      pair: { before: pair.before, between: pair.between, after: pair.after, secondType: pair.secondType },
    },
    async encode(text, options = {}) {
      const { ids, offsets } = await tokenizer.encode(text, { addSpecialTokens: false, ...options });
      return { ids, offsets, ...(cutsWords ? { continues: Uint8Array.from(ids, (id) => (isPiece(id) ? 1 : 0)) } : {}) };
    },
    decode: (ids) => tokenizer.decode(ids, { skipSpecialTokens: true }),
  };
}

/** What stands before, between and after the texts. */
function parts(encoded: TemplatedTokens) {
  const { ids, typeIds, sequenceIds } = encoded ?? {};
  const isWhole = typeName(ids) === 'Int32Array' && [typeIds, sequenceIds].every((list) => list?.length === ids.length);
  if (!isWhole) {
    throw new ConfigError({
      caller: 'documentTokenizer',
      problem: 'tokenizer.encodeText must give ids with their types and texts.',
      expected: '{ ids: Int32Array, offsets, typeIds, sequenceIds }, one of each for each token',
      got: show(encoded),
      remedy: 'give a tokenizer of @longspan/models/text, or { encode, template } as documents take it.',
    });
  }
  const places = (of: number): readonly number[] => Array.from(ids.keys()).filter((at) => sequenceIds[at] === of);
  const [first, second] = [places(0), places(1)];
  const last = second.at(-1) ?? first.at(-1) ?? 0;
  return {
    before: [...ids.subarray(0, first[0])],
    between: second.length === 0 ? [] : [...ids.subarray((first.at(-1) as number) + 1, second[0])],
    after: [...ids.subarray(last + 1)],
    secondType: second.length === 0 ? 0 : (typeIds[second[0] as number] as number),
  };
}
