import { anyMask } from '@longspan/tooling/arbitrary';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causal, checkMask, mask, perHead, slidingWindow } from './index.ts';

describe('checkMask', () => {
  it('finds nothing wrong with masks of the algebra', () => {
    fc.assert(
      fc.property(anyMask, (one) => checkMask(one, { queryLength: 150, rectangles: 60 })),
      { numRuns: 60 },
    );
  });

  it('names the rectangle and the pair where cover lies', () => {
    const lies = mask({ name: 'lies', allows: (query, key) => key <= query, cover: () => 'none' });
    expect(() => checkMask(lies, 100)).toThrow(
      /^checkMask: cover must say 'all' or 'none' only of rectangles in which allows says the same of every pair\.\n {2}expected {2}'some', or allows\(\d+, \d+\) false\n {2}got {7}cover 'none' of queries \d+ … \d+, keys \d+ … \d+, and allows\(\d+, \d+\) true {2}\(lies\)/,
    );
    const nearly = slidingWindow({ left: 9, right: 0 });
    const off = mask({ cover: nearly.cover, name: 'off by one', allows: (query, key) => nearly.allows(query, key) || key === query - 10 });
    expect(() => checkMask(off, 100)).toThrow(/cover 'none' of/);
  });

  it('names a pattern that two unlike rectangles share', () => {
    const careless = mask({ name: 'careless', allows: (query, key) => key <= query, cover: () => 'some', pattern: () => 'same' });
    expect(() => checkMask(careless, 100)).toThrow('checkMask: pattern must be the same word only for rectangles whose pairs are alike.');
  });

  it('looks at every head', () => {
    const lies = mask({ name: 'lies', allows: () => true, cover: () => 'none' });
    expect(() => checkMask(perHead([causal(), lies]), 50)).toThrow('(lies)');
  });
});
