import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bigramBits, gzipBits, unigramBits } from './entropy.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('unigramBits', () => {
  it('of text never trained on is 8 bits: every byte is one of 256', () => expect(unigramBits([], [bytes('anything')])).toBeCloseTo(8, 12));
  it('is the cross-entropy under add-one counts, by hand', () => {
    // 'aab': a has 2 + 1, b 1 + 1, any other 0 + 1, of 3 + 256
    const expected = -(Math.log2(3 / 259) + Math.log2(2 / 259) + 2 * Math.log2(1 / 259)) / 4;
    expect(unigramBits([bytes('aab')], [bytes('abzz')])).toBeCloseTo(expected, 12);
  });
  it('weighs held-out pieces by their length', () => {
    const training = [bytes('aaaa')];
    const whole = unigramBits(training, [bytes('aaab')]);
    expect(unigramBits(training, [bytes('aaa'), bytes('b')])).toBeCloseTo(whole, 12);
  });
});

describe('bigramBits', () => {
  it('is the cross-entropy of each byte after the one before it, by hand', () => {
    // training 'aba': after \n: a; after a: b; after b: a. Held out 'ab': a after \n, b after a.
    expect(bigramBits([bytes('aba')], [bytes('ab')])).toBeCloseTo(-(Math.log2(2 / 257) + Math.log2(2 / 257)) / 2, 12);
    // 'bb': b after \n was never seen, b after b neither, but b was followed once.
    expect(bigramBits([bytes('aba')], [bytes('bb')])).toBeCloseTo(-(Math.log2(1 / 257) + Math.log2(1 / 257)) / 2, 12);
  });
  it('starts every piece after a line feed, not after the piece before', () => {
    const training = [bytes('xa'), bytes('xa')];
    expect(bigramBits(training, [bytes('x')])).toBeCloseTo(-Math.log2(3 / 258), 12);
  });
  it('is below the unigram figure where neighbours tell', () => {
    const text = bytes('abab'.repeat(500));
    expect(bigramBits([text], [text])).toBeLessThan(unigramBits([text], [text]) - 0.5);
  });
});

it('gzipBits are those of gzip -9 on these bytes alone', () => {
  const text = bytes('so it goes, '.repeat(100));
  expect(gzipBits(text)).toBeCloseTo((gzipSync(text, { level: 9 }).length * 8) / 1200, 12);
});
