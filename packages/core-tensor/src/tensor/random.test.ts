import { leaked, onBackends } from '@longspan/tooling/expect';
import { mean, mul, square, sub, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { ConfigError } from '../error/index.ts';
import { createKey, randomBits, randomNormal, randomUniform } from '../key/index.ts';
import { bernoulli, normal, uniform } from './random.ts';

const key = createKey('random-tensor');
const shape = [3, 5, 7];

onBackends('random tensors', () => {
  it('uniform holds the numbers of randomUniform, scaled into [min, max)', async () => {
    const x = uniform(key, shape);
    expect([x.shape, x.dtype]).toEqual([shape, 'float32']);
    expect(await x.data()).toEqual(randomUniform(key, 105));
    const scaled = await uniform(key, shape, { min: -3, max: 5 }).data();
    expect(scaled).toEqual(randomUniform(key, 105).map((u) => -3 + 8 * u));
  });

  it('uniform never reaches max, where float32 would round up to it', async () => {
    const [min, max] = [2 ** 24, 2 ** 24 + 4]; // float32 knows only three numbers of this range
    const values = await uniform(key, [1000], { min, max }).data();
    expect(new Set(values)).toEqual(new Set([min, min + 2]));
  });

  it('normal holds the numbers of randomNormal, scaled and shifted', async () => {
    expect(await normal(key, shape).data()).toEqual(randomNormal(key, 105));
    const drawn = normal(key, [40_000], { mean: -2, standardDeviation: 0.5 });
    const [center] = await mean(drawn).data();
    const [variance] = await mean(square(sub(drawn, -2))).data();
    expect(Math.abs((center as number) + 2)).toBeLessThan((4 * 0.5) / 200);
    expect(Math.abs((variance as number) - 0.25)).toBeLessThan((4 * 0.25 * Math.SQRT2) / 200);
    expect(await normal(key, [2], { mean: 3, standardDeviation: 0 }).data()).toEqual(new Float32Array([3, 3]));
  });

  it('bernoulli is 1 where the word is below the probability: all at 1, none at 0, else its fraction', async () => {
    expect(await bernoulli(key, [1000], 1).data()).toEqual(new Float32Array(1000).fill(1));
    expect(await bernoulli(key, [1000], 0).data()).toEqual(new Float32Array(1000));
    const kept = await bernoulli(key, [40_000], 0.9).data();
    expect([...kept]).toEqual([...randomBits(key, 40_000)].map((word) => (word / 2 ** 32 < 0.9 ? 1 : 0)));
    const fraction = Array.from(kept).reduce((total, one) => total + one, 0) / 40_000;
    expect(Math.abs(fraction - 0.9)).toBeLessThan(4 * Math.sqrt(0.09 / 40_000));
  });

  it('empty and scalar shapes get as many numbers as they hold', async () => {
    expect((await uniform(key, [0, 3]).data()).length).toBe(0);
    expect(await normal(key, []).data()).toEqual(randomNormal(key, 1));
  });

  it('nothing stays behind, after a throw neither', async () => {
    const run = () => tidy(() => mul(mul(uniform(key, shape), normal(key, shape)), bernoulli(key, shape, 0.5)));
    expect(await leaked(run)).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => bernoulli(key, shape, 2))).toEqual({ tensors: 0, buffers: 0 });
  });
});

it('impossible ranges, distributions and probabilities are rejected', () => {
  expect(() => uniform(key, shape, { min: 1, max: 1 })).toThrow(
    new ConfigError({
      caller: 'uniform',
      problem: 'min must be below max.',
      expected: 'finite numbers, min < max',
      got: 'min 1, max 1',
      remedy: 'give { min, max } in that order.',
    }),
  );
  expect(() => uniform(key, shape, { max: Number.POSITIVE_INFINITY })).toThrow(/got {7}min 0, max Infinity/);
  expect(() => normal(key, shape, { standardDeviation: -1 })).toThrow(
    new ConfigError({
      caller: 'normal',
      problem: 'standardDeviation must be finite and not negative, and mean finite.',
      expected: 'a finite mean and a finite standardDeviation of at least 0',
      got: 'mean 0, standardDeviation -1',
      remedy: 'give the standard deviation, not the variance, as { mean, standardDeviation }.',
    }),
  );
  expect(() => bernoulli(key, shape, Number.NaN)).toThrow(
    new ConfigError({
      caller: 'bernoulli',
      problem: 'keepProbability must be in [0, 1].',
      expected: 'a number of 0 … 1',
      got: 'NaN',
      remedy: 'give the fraction that stays: 1 − rate.',
    }),
  );
});
