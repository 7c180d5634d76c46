import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromEncoderPieces } from '../read/from-encoder-pieces.ts';

const reserved = ['\ufffd', '<s>', '</s>', 'extra_token_id_1', 'extra_token_id_2', 'extra_token_id_3'].map((piece): [string, number] => [
  piece,
  0,
]);
const pieces: readonly [string, number][] = [
  ...reserved,
  ['▁', -2],
  ['a', -3],
  ['b', -3.5],
  ['▁a', -2.5],
  ['ab', -4],
  ['▁ab', -7],
  ['ba', -3],
  ['bab', -6.5],
  ['é', -4],
  ['ca', -3],
];

/** As the package writes it: all nodes by their ends and beginnings, sums from the left, ties to what comes later. */
function defined(text: string): readonly number[] {
  const normal = text.normalize('NFKC');
  const symbols = normal === '' ? [] : [...`▁${normal.replaceAll(' ', '▁')}`];
  const matches = symbols.map((symbol, begin) => {
    const found = pieces.flatMap(([piece, score], id) =>
      id >= 6 && symbols.slice(begin).join('').startsWith(piece) ? [{ length: [...piece].length, score, id }] : [],
    );
    return found.length > 0 ? found : [{ length: [...symbol].length, score: 0, id: 0 }];
  });
  const best = new Array<number>(symbols.length + 1).fill(0);
  const ids = new Array<number>(symbols.length + 1).fill(0);
  for (let end = 1; end <= symbols.length; end += 1) {
    for (let begin = 0; begin < end; begin += 1) {
      for (const { length, score, id } of matches[begin] ?? []) {
        if (begin + length !== end) continue;
        const sum = score + (best[begin] ?? 0);
        if (best[end] === 0 || sum >= (best[end] ?? 0)) [best[end], ids[end]] = [sum, id];
      }
    }
  }
  const path: number[] = [];
  for (let at = symbols.length; at > 0; at -= pieces[ids[at] ?? 0]?.[0].length ?? 1) path.push(ids[at] ?? 0);
  return path.reverse().filter((id, at, all) => id !== 0 || all[at - 1] !== 0);
}

describe("Universal Sentence Encoder's tokenizer", () => {
  const tokenizer = fromEncoderPieces(pieces);

  it("gives the package's ids", () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', 'é', 'e\u0301', 'z', '🙂', 'Ａ'), maxLength: 14 });
    fc.assert(
      fc.property(text, (given) => {
        expect([...tokenizer.encodeText(given).ids], JSON.stringify(given)).toEqual(defined(given));
      }),
      { numRuns: 200, seed: 11 },
    );
  });

  it('gives ranges through NFKC and the sign before the text', () => {
    const { ids, offsets } = tokenizer.encodeText('ab e\u0301zz');
    expect([...ids]).toEqual([9, 8, 6, 14, 0]);
    // A composed character has the range of its base, as in the native build: the mark after it is in no token.
    expect([...offsets]).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 5, 7]);
  });

  it('takes null for a score as JavaScript adds it up: 0, which is more than any other', () => {
    const withNull = fromEncoderPieces([...pieces, [':', null], ['a:', -0.5]]);
    expect([...withNull.encodeText('a:').ids]).toEqual([9, 16]);
    expect(() => fromEncoderPieces([...pieces, [':', '0']])).toThrow('a piece of the Unigram must have a score.');
  });
});
