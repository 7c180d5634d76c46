import { withBackend } from '@longspan/tooling/expect';
import { memory, mul, onesLike } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { contextLosses, disposeStream, evaluateStream, type SegmentScorer } from '../index.ts';

await withBackend('cpu');

/** Makes a tensor besides those that it gives, as a model does whose losses come from hidden states. */
const score: SegmentScorer = (tokens) => {
  const hidden = onesLike(tokens.toFloat());
  return { hidden: mul(hidden, 0.5), state: { memory: mul(hidden, 2) } };
};

it('of what a scorer makes nothing stays but what it gives', async () => {
  const before = memory().numTensors;
  const { state } = await evaluateStream(score, [[1, 2, 3, 4, 5, 6, 7]], { segmentLength: 3 });
  expect([state.nats, memory().numTensors]).toEqual([3, before + 1]);
  disposeStream(state);
  const losses = contextLosses(score, { tokens: [1, 2, 3, 4, 5, 6], positions: [4, 5], batch: 1 });
  expect(Array.from(await losses(3))).toEqual([0.5, 0.5]);
  expect(memory().numTensors).toBe(before);
});

it('nor where a later token is none, or the scorer throws', async () => {
  const before = memory().numTensors;
  await expect(evaluateStream(score, [[1, 2, 3, 4, 5.5]], { segmentLength: 2 })).rejects.toThrow('every token of the source');
  const failing: SegmentScorer = (tokens) => {
    mul(tokens.toFloat(), 2);
    throw new Error('no model');
  };
  const losses = contextLosses(failing, { tokens: [1, 2, 3], positions: [2] });
  await expect(losses(2)).rejects.toThrow('no model');
  expect(memory().numTensors).toBe(before);
});

it('one loss for all tokens is refused, by contextLosses too', async () => {
  const mean: SegmentScorer = (tokens) => ({ hidden: tokens.toFloat().mean(), state: {} });
  const losses = contextLosses(mean, { tokens: [1, 2, 3], positions: [2] });
  await expect(losses(2)).rejects.toThrow('contextLosses: score must give one loss for each token.');
});
