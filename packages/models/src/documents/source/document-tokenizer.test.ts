import { expect, it } from 'vitest';
import { documentTokenizer, type TemplatedTokenizer } from './document-tokenizer.ts';

/** Words of at most three letters are whole; the rest is cut into pieces of three. */
const tokenizer: TemplatedTokenizer = {
  encodeText(text, { pair, addSpecialTokens = true } = {}) {
    const own = (of: string, sequence: number) =>
      [...of.matchAll(/\S{1,3}/g)].map(({ 0: piece, index }) => {
        const goesOn = index > 0 && of[index - 1] !== ' ';
        return { id: goesOn ? 100 + piece.length : 10 + piece.length, start: index, end: index + piece.length, sequence, type: sequence };
      });
    const special = (id: number, type = 0) => (addSpecialTokens ? [{ id, start: 0, end: 0, sequence: -1, type }] : []);
    const first = [...special(1), ...own(text, 0), ...special(2)];
    const all = pair === undefined ? first : [...first, ...special(3), ...own(pair, 1), ...special(2, 1)];
    return {
      ids: Int32Array.from(all, ({ id }) => id),
      offsets: Uint32Array.from(all.flatMap(({ start, end }) => [start, end])),
      typeIds: all.map(({ type }) => type),
      sequenceIds: all.map(({ sequence }) => sequence),
    };
  },
  encode: async (text, options) => tokenizer.encodeText(text, options),
  decode: (ids, { skipSpecialTokens = false } = {}) => ids.filter((id) => !skipSpecialTokens || id > 9).join(' '),
  tokenOf: (id) => (id > 99 ? '##' : 'w'),
};

it('finds the special tokens of a text and of a pair, and leaves them out', async () => {
  const { template, encode, decode } = documentTokenizer(tokenizer);
  expect(template.single).toEqual({ before: [1], after: [2] });
  expect(template.pair).toEqual({ before: [1], between: [2, 3], after: [2], secondType: 1 });
  const { ids, offsets, continues } = await encode('an umbrella');
  expect([...ids]).toEqual([12, 13, 103, 102]);
  expect([...offsets]).toEqual([0, 2, 3, 6, 6, 9, 9, 11]);
  expect([...(continues as Uint8Array)]).toEqual([0, 0, 1, 1]);
  expect(decode([1, 12, 2])).toBe('12');
});

it('leaves words to the blanks of the text where tokens do not say', async () => {
  const { encode } = documentTokenizer({ ...tokenizer, tokenOf: () => 'Ġ' });
  expect(await encode('umbrella')).not.toHaveProperty('continues');
  expect(() => documentTokenizer({ ...tokenizer, decode: 1 as never })).toThrow('documentTokenizer: tokenizer.decode must be a function.');
});
