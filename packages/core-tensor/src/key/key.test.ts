import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../error/index.ts';
import { createKey, type Key, keyFromWords } from './key.ts';
import { randomBits } from './random-bits.ts';

const anyData = fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'binary' }));
const name = (key: Key): string => key.words.join();

describe('createKey', () => {
  it('gives the same words for the same seed, and others for another', () => {
    fc.assert(
      fc.property(anyData, anyData, (one, other) => {
        expect(createKey(one).words).toEqual(createKey(one).words);
        expect(name(createKey(one)) === name(createKey(other))).toBe(Object.is(one, other) || (one === 0 && other === 0));
      }),
      { numRuns: 2000 },
    );
  });

  it('of an integer holds its low and its high word', () => {
    expect(createKey(5).words).toEqual([5, 0]);
    expect(createKey(2 ** 32 + 5).words).toEqual([5, 1]);
    expect(createKey(-1).words).toEqual([4294967295, 4294967295]);
  });

  it('of a fraction says what a seed is', () => {
    expect(() => createKey(0.5)).toThrow(
      new ConfigError({
        caller: 'createKey',
        problem: 'the seed must be text or an integer.',
        expected: 'text, or an integer of −(2⁵³ − 1) … 2⁵³ − 1',
        got: '0.5',
        remedy: 'round it, or give it as text.',
      }),
    );
    expect(() => createKey(Number.NaN)).toThrow(/got {7}NaN/);
    expect(() => createKey(2 ** 53)).toThrow(/got {7}9007199254740992/);
  });
});

describe('a key', () => {
  it('restored from its words draws the same numbers', () => {
    const key = createKey('restored').fold(3);
    const restored = keyFromWords([...key.words] as [number, number]);
    expect(randomBits(restored, 5)).toEqual(randomBits(key, 5));
    expect(restored.fold('x').words).toEqual(key.fold('x').words);
  });

  it('of invalid words says which words are valid', () => {
    expect(() => keyFromWords([1, 2 ** 32])).toThrow(
      new ConfigError({
        caller: 'keyFromWords',
        problem: 'the words of a key must be two unsigned 32-bit integers.',
        expected: 'two integers of 0 … 4294967295',
        got: '[1,4294967296]',
        remedy: 'give the words of a key, or createKey(seed).',
      }),
    );
    expect(() => keyFromWords([-1, 0])).toThrow(/got {7}\[-1,0\]/);
  });

  it('cannot be changed', () => {
    const key = createKey(1);
    expect(Object.isFrozen(key) && Object.isFrozen(key.words)).toBe(true);
  });

  it('folds unlike data to unlike keys, none of them its own split or draw', () => {
    const key = createKey(9);
    const texts = ['', 'a', 'b', 'ab', 'ba', 'a\0', '\0', '\0\0', 'abc', 'abd', 'layer.0', 'layer.1', '0', '1'];
    const numbers = [0, 1, -1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const bits = randomBits(key, 200);
    const all = [
      name(key),
      ...[...texts, ...numbers].map((data) => name(key.fold(data))),
      ...key.split(100).map(name),
      ...Array.from({ length: 100 }, (_, i) => `${bits[2 * i]},${bits[2 * i + 1]}`),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('splits into two when not told, and a longer split begins with the shorter', () => {
    const key = createKey(4);
    expect(key.split().map(name)).toEqual(key.split(5).slice(0, 2).map(name));
    expect(key.split(0)).toEqual([]);
  });

  it('split into an invalid count says which counts are valid', () => {
    expect(() => createKey(4).split(-1)).toThrow(
      new ConfigError({
        caller: 'key.split',
        problem: 'count must be an integer from 0 to 268435456.',
        expected: 'an integer, 0 … 268435456',
        got: '-1',
        remedy: 'give the number of keys; fold(data) makes one.',
      }),
    );
  });
});
