import { alibi, attentionSink, bias, originalPositions, relativePositions, type ScoreTerm } from '@longspan/core-tensor';
import { attentionCall } from '@longspan/core-tensor/kernel';
import { fill, ones, reshape, type Tensor, tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { aloneOn } from '../../../../test/runtime-on.ts';
import { withArena } from './arena.ts';
import { care, careOf } from './care.ts';

const { NaN: notANumber, POSITIVE_INFINITY: infinity } = Number;
const shape = [1, 2, 40, 1000]; // more than one piece
const rows = (count: number, last: number): Tensor => {
  const values = new Float32Array(2 * 40 * count).fill(1);
  values[values.length - 1] = last;
  return tensor(values, [1, 2, 40, count]);
};
const positions = (): Tensor => zeros([1, 1, 40], 'int32');

it.each<[string, number, { readonly q?: number; readonly v?: number; readonly dO?: number; readonly score?: () => readonly ScoreTerm[] }]>([
  ['ordinary numbers', care.none, {}],
  ['products up to 1e18', care.none, { q: 1e18 }],
  ['products that could overflow', care.withScores, { q: 1e27 }],
  ['a NaN in the queries', care.withRows, { q: notANumber }],
  ['an infinite value', care.withRows, { v: -infinity }],
  ['large values, which make no scores', care.none, { v: 1e30 }],
  ['a NaN in a cotangent', care.withRows, { dO: notANumber }],
  ['values and cotangents whose products could overflow', care.withRows, { v: 1e30, dO: 1e4 }],
  ['a bias far from 0', care.none, { score: () => [bias(fill([1, 1, 40, 40], -1e9))] }],
  ['a bias of −∞', care.withScores, { score: () => [bias(fill([1, 1, 40, 40], -infinity))] }],
  ['a bias of the least float', care.withScores, { score: () => [bias(fill([1, 1, 40, 40], -3.4e38))] }],
  ['a slope that is not a number', care.withScores, { score: () => [alibi(tensor([1, notANumber]))] }],
  ['an infinite sink, which is no score of a pair', care.none, { score: () => [attentionSink(tensor([infinity, 0]))] }],
  [
    'a row of relative positions that is not finite',
    care.withRows,
    { score: () => [relativePositions({ r: reshape(rows(1000, infinity), [2, 40, 1000]), u: ones([2, 1000]), v: ones([2, 1000]) })] },
  ],
  [
    'a constant score near the end of float32',
    care.withScores,
    { score: () => [originalPositions({ query: positions(), key: positions(), selfScore: -3e38 })] },
  ],
])('%s', async (_, expected, { q = 1, v = 1, dO = 1, score = () => [] }) => {
  const runtime = await aloneOn();
  tidy(() => {
    const call = attentionCall('test', rows(1000, q), ones(shape), rows(1000, v), { score: score() });
    expect(withArena(runtime.heap, (arena) => careOf(runtime, arena, call, [rows(1000, dO)]).care)).toBe(expected);
  });
});
