import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { ConfigError, isFloat, requireCountOfNumbers, requireIntegers, requireKind, requireKnown, show } from '../error/index.ts';
import { type Key, randomBits, randomNormal, randomUniform } from '../key/index.ts';

/** How many numbers a shape holds; checks it, and the key that they are drawn from. */
function sizeOf(caller: string, key: Key, shape: readonly number[]): number {
  requireKind(caller, 'key', key, 'key');
  const sizes = requireIntegers(caller, 'shape', shape, 0);
  requireCountOfNumbers(caller, sizes);
  return sizes.reduce((size, axis) => size * axis, 1);
}

/**
 * Draws a tensor of equally likely numbers of [min, max). The same key gives the same numbers on every backend.
 * @shape float32, any
 * @param range 0 and 1 by default
 * @throws ConfigError when min is not below max, or either is not finite
 * @cost 11 ns per element, on the processor (Node 20.20)
 * @example
 * await uniform(createKey(0), [2], { min: -1, max: 1 }).data(); // => [-0.163085818, 0.200998068]
 */
export function uniform(
  key: Key,
  shape: readonly number[],
  range: { readonly min?: number | undefined; readonly max?: number | undefined } = {},
): Tensor {
  requireKnown('uniform', range, { min: true, max: true });
  const { min = 0, max = 1 } = range;
  const size = sizeOf('uniform', key, shape);
  if (!(isFloat(min) && isFloat(max) && min < max && isFloat(max - min))) {
    throw new ConfigError({
      caller: 'uniform',
      problem: 'min must be below max.',
      expected: 'finite numbers, min < max',
      got: `min ${show(min)}, max ${show(max)}`,
      remedy: 'give { min, max } in that order.',
    });
  }
  const values = randomUniform(key, size);
  for (let i = 0; i < values.length; i++) {
    values[i] = min + (max - min) * (values[i] as number);
    if ((values[i] as number) >= max) values[i] = min; // float32 may round up to max, which the range leaves out
  }
  return tensor(values, [...shape], 'float32');
}

/**
 * Draws a tensor of normally distributed numbers, all finite.
 * @shape float32, any
 * @param distribution mean 0 and standard deviation 1 by default
 * @throws ConfigError when either is not finite or the standard deviation is negative
 * @cost 35 ns per element, on the processor (Node 20.20)
 * @source Box & Muller 1958
 * @example
 * await normal(createKey(0), [2], { mean: 1, standardDeviation: 2 }).data(); // => [-1.130904913, -0.558426023]
 */
export function normal(
  key: Key,
  shape: readonly number[],
  distribution: { readonly mean?: number | undefined; readonly standardDeviation?: number | undefined } = {},
): Tensor {
  requireKnown('normal', distribution, { mean: true, standardDeviation: true });
  const { mean = 0, standardDeviation = 1 } = distribution;
  const size = sizeOf('normal', key, shape);
  if (!(isFloat(mean) && isFloat(standardDeviation) && standardDeviation >= 0)) {
    throw new ConfigError({
      caller: 'normal',
      problem: 'standardDeviation must be finite and not negative, and mean finite.',
      expected: 'a finite mean and a finite standardDeviation of at least 0',
      got: `mean ${show(mean)}, standardDeviation ${show(standardDeviation)}`,
      remedy: 'give the standard deviation, not the variance, as { mean, standardDeviation }.',
    });
  }
  const values = randomNormal(key, size);
  for (let i = 0; i < values.length; i++) values[i] = mean + standardDeviation * (values[i] as number);
  return tensor(values, [...shape], 'float32');
}

/**
 * Draws a tensor of ones and zeros, each 1 with the same probability: what dropout keeps. It is not scaled by 1 / keepProbability.
 * @shape float32, any
 * @throws ConfigError when keepProbability is not of 0 … 1
 * @cost 11 ns per element, on the processor (Node 20.20)
 * @example
 * await bernoulli(createKey(0), [6], 0.5).data(); // => [1, 0, 1, 0, 1, 0]
 */
export function bernoulli(key: Key, shape: readonly number[], keepProbability: number): Tensor {
  const size = sizeOf('bernoulli', key, shape);
  if (!(Number.isFinite(keepProbability) && keepProbability >= 0 && keepProbability <= 1)) {
    throw new ConfigError({
      caller: 'bernoulli',
      problem: 'keepProbability must be in [0, 1].',
      expected: 'a number of 0 … 1',
      got: show(keepProbability),
      remedy: 'give the fraction that stays: 1 − rate.',
    });
  }
  const bits = randomBits(key, size);
  const kept = new Float32Array(bits.length);
  const bound = keepProbability * 2 ** 32;
  for (let i = 0; i < bits.length; i++) kept[i] = (bits[i] as number) < bound ? 1 : 0;
  return tensor(kept, [...shape], 'float32');
}
