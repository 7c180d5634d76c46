import { createKey, normal } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { concat, slice, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { blockTopKAttention } from '../block-top-k.ts';
import { routingAttention } from './routing.ts';

beforeAll(() => withBackend('cpu'));

const key = createKey('causal choice');
const [length, headDim] = [8, 4];
const x = () => normal(key, [1, 1, length, headDim]);
/** The same tokens with another last one. */
const changed = () => concat([slice(x(), [0, 0, 0, 0], [1, 1, length - 1, headDim]), normal(key.fold('other'), [1, 1, 1, headDim])], 2);
const centroids = () => normal(key.fold('centroids'), [1, 2, headDim]);

const farthestOfEarlier = async (attend: (tokens: Tensor) => Tensor): Promise<number> => {
  const [before, after] = (await Promise.all([attend(x()).data(), attend(changed()).data()])) as [Float32Array, Float32Array];
  return before.slice(0, (length - 1) * headDim).reduce((most, value, at) => Math.max(most, Math.abs(value - (after[at] as number))), 0);
};
const routed = (clusterSize: number) => (tokens: Tensor) => {
  const memory = { keys: zeros([1, 2, 1, headDim]), values: zeros([1, 2, 1, headDim]) };
  return routingAttention(tokens, tokens, tokens, { centroids: centroids(), clusterSize, causal: true, memory }).out;
};

it('a later token can change the clusters of earlier ones, and so their outputs, as documented', async () => {
  expect(await farthestOfEarlier(routed(3))).toBeGreaterThan(1e-3);
});

it('clusters that take every token do not let the future through', async () => {
  expect(await farthestOfEarlier(routed(length))).toBeLessThan(1e-6);
});

it('blocks that are chosen causally do not let the future through', async () => {
  const attend = (tokens: Tensor) => blockTopKAttention(tokens, tokens, tokens, { topK: 1, blockSize: 2, causal: true }).out;
  expect(await farthestOfEarlier(attend)).toBeLessThan(1e-6);
});
