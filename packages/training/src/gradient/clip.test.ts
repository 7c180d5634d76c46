import { leaked, withBackend } from '@longspan/tooling/expect';
import { tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { movingAverage } from '../average/moving-average.ts';
import { adafactorRate } from '../optimizer/adafactor.ts';
import { clipByGlobalNorm, globalNorm } from './clip.ts';

const gradients = () => ({ weight: tensor1d([3, 0]), bias: tensor1d([-4]) });
beforeAll(() => withBackend('cpu'));

it('clips to the length that is allowed, keeps directions, and leaves short gradients as they are', async () => {
  const clipped = clipByGlobalNorm(gradients(), 1);
  expect((await globalNorm(clipped.gradients).data())[0]).toBeCloseTo(1, 5);
  expect((await clipped.norm.data())[0]).toBe(5);
  expect([...((await clipByGlobalNorm(gradients(), 5.1).gradients['weight']?.data()) ?? [])]).toEqual([3, 0]);
});

it('beyond the squares of float32 the norm is Infinity: finite gradients become 0, infinite ones NaN', async () => {
  const clipped = async (values: number[]) => {
    const { gradients, norm } = clipByGlobalNorm({ weight: tensor1d(values) }, 1);
    return [(await norm.data())[0], ...((await gradients['weight']?.data()) ?? [])];
  };
  expect((await clipped([1.8e19, 0]))[0]).toBeCloseTo(Math.fround(1.8e19), -13);
  expect(await clipped([1.9e19, 2])).toEqual([Number.POSITIVE_INFINITY, 0, 0]);
  expect(await clipped([Number.NEGATIVE_INFINITY, 2])).toEqual([Number.POSITIVE_INFINITY, Number.NaN, 0]);
  expect(await clipped([Number.NaN, 2])).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});

it('leaves nothing behind', async () => {
  const given = gradients();
  expect(await leaked(() => ({ ...clipByGlobalNorm(given, 1) }))).toEqual({ tensors: 0, buffers: 0 });
  expect(await leaked(() => ({ ...movingAverage(given, given, 0.5) }))).toEqual({ tensors: 0, buffers: 0 });
});

it('an average refuses parameters that it does not know', () =>
  expect(() => movingAverage({}, gradients(), 0.9)).toThrow('the average must have every parameter'));

it('a tensor that was disposed is named', () => {
  const gone = tensor1d([1]);
  gone.dispose();
  const calls = [
    () => globalNorm({ a: gone }),
    () => clipByGlobalNorm({ a: gone }, 1),
    () => movingAverage({ a: gone }, { a: gone }, 0.5),
    () => movingAverage({ a: tensor1d([1]) }, { a: gone }, 0.5),
  ];
  for (const call of [...calls, () => adafactorRate(gone, 0.1, 0.1)]) expect(call).toThrow('must not be disposed before the call.');
});
