import { describe, expect, it } from 'vitest';
import { excerptsOf } from './evaluate.ts';
import { drawn } from './write-text.ts';

describe('excerptsOf', () => {
  it('evaluates each byte of a piece once, but its first and what is left over', () => {
    const piece = Uint8Array.from({ length: 21 }, (_, index) => index);
    const evaluated = excerptsOf([piece], 8).flatMap(({ bytes, scored }) => [...bytes.subarray(scored)]);
    expect(evaluated).toEqual(Array.from({ length: 19 }, (_, index) => index + 1));
  });
  it('gives a quarter of an excerpt as context after the first', () =>
    expect(excerptsOf([new Uint8Array(40)], 8).map(({ scored }) => scored)).toEqual([1, 2, 2, 2, 2, 2]));
  it('leaves out pieces shorter than an excerpt', () => expect(excerptsOf([new Uint8Array(7)], 8)).toEqual([]));
});

describe('drawn', () => {
  it('gives each outcome its share of the draws', () => {
    expect([0, 0.19, 0.2, 0.69, 0.7, 0.999].map((draw) => drawn([0.2, 0.5, 0.3], draw))).toEqual([0, 0, 1, 1, 2, 2]);
  });
  it('takes the last outcome where rounding leaves the sum below the draw', () => expect(drawn([0.3, 0.3], 0.99)).toBe(1));
});
