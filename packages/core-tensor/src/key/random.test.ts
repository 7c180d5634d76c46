import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../error/index.ts';
import { createKey, type Key } from './key.ts';
import { randomBits, randomUniform } from './random-bits.ts';
import { randomNormal } from './random-normal.ts';
import { below, randomPermutation } from './random-permutation.ts';

const sum = (values: ArrayLike<number>, of: (value: number) => number): number => {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += of(values[i] as number);
  return total;
};
const moment = (values: ArrayLike<number>, power: number): number => sum(values, (value) => value ** power) / values.length;

/** Pearson's statistic, as standard deviations from what equally likely cells give. */
function chiSquareScore(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b) / counts.length;
  const statistic = counts.reduce((total, count) => total + (count - expected) ** 2 / expected, 0);
  return (statistic - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
}

/** The correlation of two equally long samples, as standard deviations from none. */
function correlationScore(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const [mean1, mean2] = [moment(one, 1), moment(other, 1)];
  let shared = 0;
  for (let i = 0; i < one.length; i++) shared += ((one[i] as number) - mean1) * ((other[i] as number) - mean2);
  const spread = Math.sqrt(sum(one, (value) => (value - mean1) ** 2) * sum(other, (value) => (value - mean2) ** 2));
  return (shared / spread) * Math.sqrt(one.length);
}

const draws: readonly [string, (key: Key, count: number) => ArrayLike<number>][] = [
  ['randomBits', randomBits],
  ['randomUniform', randomUniform],
  ['randomNormal', randomNormal],
];

describe.each(draws)('%s', (label, draw) => {
  it('gives the same numbers for the same key, whatever was drawn between, and a longer draw begins with the shorter', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(40), fc.nat(40), (seed, count, more) => {
        const first = draw(createKey(seed), count);
        draw(createKey(seed + 1), 3);
        const second = draw(createKey(seed), count + more);
        expect(first.length).toBe(count);
        expect(Array.from(second).slice(0, count)).toEqual(Array.from(first));
      }),
    );
  });

  it('rejects an invalid count', () => {
    expect(() => draw(createKey(0), 1.5)).toThrow(
      new ConfigError({
        caller: label,
        problem: 'count must be an integer from 0 to 268435456.',
        expected: 'an integer, 0 … 268435456',
        got: '1.5',
        remedy: 'give the number of elements; split the key to draw more.',
      }),
    );
    expect(() => draw(createKey(0), -1)).toThrow(/got {7}-1/);
  });

  it('draws from split keys, folded keys and the key itself without correlation', () => {
    const key = createKey('correlation');
    const streams = [key, ...key.split(4), key.fold(0), key.fold(1), key.fold('a')].map((stream) => draw(stream, 20_000));
    streams.forEach((one, i) => {
      for (const other of streams.slice(i + 1)) expect(Math.abs(correlationScore(one, other))).toBeLessThan(4);
    });
  });

  it('draws a number that does not depend on the one before it', () => {
    const numbers = Array.from(draw(createKey('serial'), 100_001));
    for (const lag of [1, 2, 3]) {
      expect(Math.abs(correlationScore(numbers.slice(lag), numbers.slice(0, -lag)))).toBeLessThan(4);
    }
  });
});

describe('randomBits', () => {
  it('sets each of the 32 bits in half of the words', () => {
    const bits = randomBits(createKey('each bit'), 40_000);
    for (let bit = 0; bit < 32; bit++) {
      const ones = sum(bits, (word) => (word >>> bit) & 1);
      expect(Math.abs(ones - 20_000)).toBeLessThan(4 * 100); // standard deviation 100
    }
  });
});

describe('randomUniform', () => {
  it('has the mean 1/2, the variance 1/12, and equally full cells', () => {
    const n = 100_000;
    const numbers = randomUniform(createKey('uniform'), n);
    expect(Math.abs(moment(numbers, 1) - 1 / 2)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    expect(
      Math.abs(
        moment(
          numbers.map((u) => u - 0.5),
          2,
        ) -
          1 / 12,
      ),
    ).toBeLessThan(4 * Math.sqrt(1 / 180 / n));
    const cells = new Array<number>(256).fill(0);
    for (const u of numbers) cells[Math.floor(u * 256)] = (cells[Math.floor(u * 256)] as number) + 1;
    expect(cells).toHaveLength(256); // 1 would have made a cell of its own
    expect(Math.abs(chiSquareScore(cells))).toBeLessThan(4);
  });

  it('gives multiples of 2⁻²⁴ of [0, 1), uses the upper 24 bits', () => {
    const key = createKey('grid');
    const bits = randomBits(key, 1000);
    expect([...randomUniform(key, 1000)]).toEqual([...bits].map((word) => Math.floor(word / 256) / 2 ** 24));
  });
});

describe('randomNormal', () => {
  it('has the moments 0, 1, 0 and 3 of the normal distribution', () => {
    const n = 200_000;
    const numbers = randomNormal(createKey('normal'), n);
    // The variances of the sample moments are (m(2p) − m(p)²) / n with m = 1, 3, 15, 105 for p = 2, 4, 6, 8.
    expect(Math.abs(moment(numbers, 1))).toBeLessThan(4 * Math.sqrt(1 / n));
    expect(Math.abs(moment(numbers, 2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(numbers, 3))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(moment(numbers, 4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  });

  it('fills the deciles of the normal distribution equally', () => {
    const deciles = [-1.2815515655, -0.8416212336, -0.5244005127, -0.2533471031, 0];
    const bounds = [
      ...deciles,
      ...deciles
        .slice(0, -1)
        .map((bound) => -bound)
        .reverse(),
    ];
    const cells = new Array<number>(10).fill(0);
    for (const z of randomNormal(createKey('deciles'), 100_000)) {
      const cell = bounds.filter((bound) => bound <= z).length;
      cells[cell] = (cells[cell] as number) + 1;
    }
    expect(Math.abs(chiSquareScore(cells))).toBeLessThan(4);
  });

  it('is finite and not further out than 6.67 in a million draws', () => {
    const largest = randomNormal(createKey('finite'), 1_000_000).reduce((most, z) => Math.max(most, Math.abs(z)), 0);
    expect(largest).toBeGreaterThan(4.5);
    expect(largest).toBeLessThan(6.67);
  });
});

describe('randomPermutation', () => {
  it('is an order of 0 … count − 1, the same for the same key', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(300), (seed, count) => {
        const order = randomPermutation(createKey(seed), count);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        expect(randomPermutation(createKey(seed), count)).toEqual(order);
      }),
    );
  });

  it('of 4 elements gives each of the 24 orders equally often', () => {
    const counts = new Map<string, number>();
    for (const key of createKey('orders').split(24_000)) {
      const order = randomPermutation(key, 4).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(Math.abs(chiSquareScore([...counts.values()]))).toBeLessThan(4);
  });

  it('draws a word again that would favour some element', () => {
    const range = 3 * 2 ** 29; // fits twice into 2³², so the last 2³⁰ words would favour the first 2³⁰ numbers
    const words = [2 ** 32 - 1, 2 * range, 2 * range - 1];
    expect(below(range, () => words.shift() as number)).toBe(range - 1);
    expect(words).toEqual([]);
  });

  it('of an invalid count says which counts are valid', () => {
    expect(() => randomPermutation(createKey(0), -3)).toThrow(
      new ConfigError({
        caller: 'randomPermutation',
        problem: 'count must be an integer from 0 to 268435456.',
        expected: 'an integer, 0 … 268435456',
        got: '-3',
        remedy: 'give the number of elements.',
      }),
    );
  });
});
