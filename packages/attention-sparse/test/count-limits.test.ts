import {
  bernoulli,
  createKey,
  learnedPositions,
  linear,
  normal,
  randomBits,
  randomNormal,
  randomPermutation,
  randomUniform,
  rotaryTables,
  uniform,
} from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { ones } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { causal, drawMask, multiHeadAttention, randomBlocks, receptiveField } from '../src/index.ts';

beforeAll(() => withBackend('cpu'));

const tooMany = 2 ** 28 + 1;
const key = createKey(1);

it.each<readonly [string, () => unknown]>([
  ['randomBits', () => randomBits(key, tooMany)],
  ['randomUniform', () => randomUniform(key, tooMany)],
  ['randomNormal', () => randomNormal(key, tooMany)],
  ['randomPermutation', () => randomPermutation(key, tooMany)],
  ['key.split', () => key.split(tooMany)],
  ['uniform', () => uniform(key, [tooMany])],
  ['normal', () => normal(key, [tooMany])],
  ['bernoulli', () => bernoulli(key, [tooMany], 0.5)],
  ['rotaryTables', () => rotaryTables([1], tooMany + 1, { style: 'half' })],
  ['learnedPositions', () => learnedPositions({ length: tooMany, width: 1 }).init(key)],
  ['linear', () => linear({ inFeatures: 2 ** 20, outFeatures: 2 ** 20 }).init(key)],
  ['randomBlocks', () => randomBlocks(key, { queryBlocks: tooMany, perQueryBlock: 1 })],
  ['drawMask', () => drawMask(causal(), { queryLength: tooMany, size: 30_000 })],
  ['receptiveField', () => receptiveField([causal()], { length: tooMany, blockSize: 1 })],
])('%s makes no more numbers than the limit, and says so in its own name before the first', (name, call) => {
  expect(call).toThrow(new RegExp(`^${name.replace('.', '[.]')}: .* 268435456`));
});

it('a relative bias takes the time of the tokens that are there, however far its last bucket reaches', async () => {
  const run = async (maxDistance: number, length: number) => {
    const relativeBias = { buckets: 4, maxDistance, bidirectional: true };
    const layer = multiHeadAttention({ width: 4, heads: 2, relativeBias });
    return layer.apply(layer.init(key), ones([1, length, 4])).data();
  };
  // Distances of up to 2 of 2³¹ are all in the first bucket of their side.
  expect(await run(2 ** 31 - 1, 3)).toEqual(await run(1e5, 3));
});
