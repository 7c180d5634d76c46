import { describe, expect, it } from 'vitest';
import { mobyDick } from '../../text/moby-dick.ts';
import { bookParts, spansOf } from './book-text.ts';

it('holds out the last 14 of 139 chapters', () => {
  const { training, heldOut } = bookParts(mobyDick());
  expect([mobyDick().pieces.length, training.length, heldOut.length]).toEqual([139, 1_087_419, 129_159]);
});

describe('spansOf', () => {
  it('scores every byte but the first once, each with half an excerpt before it', () => {
    const [length, n] = [101, 8];
    const spans = spansOf(length, n);
    const scored = spans.flatMap(([offset, count]) => Array.from({ length: count }, (_, at) => offset + n - count + 1 + at));
    expect(scored).toEqual(Array.from({ length: length - 1 }, (_, at) => at + 1));
    for (const [offset, count] of spans.slice(1)) expect([offset >= 0 && offset + n < length, count <= 4]).toEqual([true, true]);
  });

  it('takes some of them evenly where fewer bytes are wanted', () => {
    const all = spansOf(1000, 8);
    const some = spansOf(1000, 8, 40);
    expect(some).toHaveLength(10);
    expect(some.every((span) => all.some(([offset, count]) => offset === span[0] && count === span[1]))).toBe(true);
  });
});
