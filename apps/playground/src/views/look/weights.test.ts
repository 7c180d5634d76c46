import { expect, it } from 'vitest';
import { bySegment, keptOf, ofHead, weightsOf } from './weights.ts';

const segments = [
  { text: 'a', start: 0, from: 0, to: 1, isWord: true },
  { text: 'bc', start: 1, from: 1, to: 3, isWord: true },
];
const reading = {
  segments,
  chosen: 1,
  length: 3,
  layers: 1,
  heads: 2,
  weights: Float32Array.of(0.5, 0.25, 0.25, 0, 0.5, 0.5),
  next: [],
  bits: 1,
  milliseconds: 1,
};
const kept = [
  { id: 'window' as const, expression: '', atWord: [0.5, 1], onAverage: [0.25, 0.75], pairs: 0.5, keeps: Uint8Array.of(0, 1, 1, 1, 1, 1) },
];

it('weights of a head, or the mean of all; of a word the sum over its bytes', () => {
  expect([...weightsOf(reading, 0, 2)]).toEqual([0, 0.5, 0.5]);
  expect([...weightsOf(reading, 0, 0)]).toEqual([0.25, 0.375, 0.375]);
  expect(bySegment(reading, weightsOf(reading, 0, 1), undefined)).toEqual([
    { weight: 0.5, kept: 0.5 },
    { weight: 0.5, kept: 0.5 },
  ]);
});

it('of the mean of heads a mechanism keeps the share that it keeps of their weights', () => {
  const looked = { reading, layer: 0, budget: 2, queries: 1, kept };
  expect([...(keptOf(looked, 'window', 1) ?? [])]).toEqual([0, 1, 1]);
  expect([...(keptOf(looked, 'window', 0) ?? [])]).toEqual([0, 1, 1]);
  expect(keptOf(looked, 'dense', 0)).toBeUndefined();
  expect([ofHead([0.5, 1], 0), ofHead([0.5, 1], 2), ofHead([0.5, 1], 9)]).toEqual([0.75, 1, 1]);
});
