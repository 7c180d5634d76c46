import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { grad, grads, mul, square, sum, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { ConfigError } from '../error/index.ts';
import { createKey, randomNormal } from '../key/index.ts';
import { logSumExp } from './log-sum-exp.ts';
import { normal } from './random.ts';

const minus = Number.NEGATIVE_INFINITY;
const tolerance = { atol: 1e-6, rtol: 1e-6 };
const key = createKey('log-sum-exp');

/** In float64, over the last axis, with its softmax. */
function expected(values: ArrayLike<number>, width: number): { logSumExp: number[]; softmax: number[] } {
  const rows = Array.from({ length: values.length / width }, (_, row) => Array.from(values).slice(row * width, (row + 1) * width));
  const logs = rows.map((row) => {
    const largest = Math.max(...row);
    return largest === minus ? minus : largest + Math.log(row.reduce((total, value) => total + Math.exp(value - largest), 0));
  });
  return {
    logSumExp: logs,
    softmax: rows.flatMap((row, i) => row.map((value) => (value === minus ? 0 : Math.exp(value - (logs[i] as number))))),
  };
}

onBackends('logSumExp', () => {
  it('equals its definition in float64, forward and backward, with rows of −Infinity and logits of 1e4', async () => {
    const width = 7;
    const values = Array.from(randomNormal(key, 6 * width));
    values.fill(minus, 0, width); // a fully masked row
    values.fill(minus, width, 2 * width - 1); // a row with one
    values.splice(2 * width, width, minus, 3, minus, 3, 3, minus, -2); // ties, and gaps
    for (let i = 3 * width; i < 4 * width; i++) values[i] = (values[i] as number) * 1e4;
    for (let i = 4 * width; i < 5 * width; i++) values[i] = (values[i] as number) - 1e4;
    const x = tensor(values, [2, 3, width]);
    const float32 = await x.data();
    const truth = expected(float32, width);

    const y = logSumExp(x);
    expect(y.shape).toEqual([2, 3]);
    expectClose(await y.data(), truth.logSumExp, tolerance);

    const cotangent = normal(key.fold('cotangent'), [2, 3]);
    const dys = await cotangent.data();
    const dx = await grad((given: Tensor) => sum(mul(logSumExp(given), cotangent)))(x).data();
    expectClose(
      dx,
      truth.softmax.map((weight, i) => weight * (dys[Math.floor(i / width)] as number)),
      { atol: 1e-6, rtol: 2e-3 },
    );
  });

  it('over any axis equals the last of the transposed tensor, forward and backward', async () => {
    const x = normal(key, [2, 3, 5]);
    const values = await x.data();
    for (const [axis, stride, width] of [
      [0, 15, 2],
      [1, 5, 3],
      [-2, 5, 3],
      [2, 1, 5],
    ] as const) {
      const starts = Array.from(values.keys()).filter((i) => Math.floor(i / stride) % width === 0);
      const gathered = starts.flatMap((start) => Array.from({ length: width }, (_, i) => values[start + i * stride] as number));
      const truth = expected(gathered, width);
      const y = logSumExp(x, axis);
      expect(y.shape).toEqual([2, 3, 5].filter((_, at) => at !== (axis + 3) % 3));
      expectClose(await y.data(), truth.logSumExp, tolerance);
      const cotangent = normal(key.fold(axis), y.shape);
      const dys = await cotangent.data();
      const dx = await grad((given: Tensor) => sum(mul(logSumExp(given, axis), cotangent)))(x).data();
      const ordered = starts.flatMap((start) => Array.from({ length: width }, (_, i) => dx[start + i * stride] as number));
      expectClose(
        ordered,
        truth.softmax.map((weight, i) => weight * (dys[Math.floor(i / width)] as number)),
        tolerance,
      );
    }
  });

  it('keeps NaN and Infinity', async () => {
    const y = await logSumExp(
      tensor([
        [Number.NaN, 1],
        [minus, Number.NaN],
        [Number.POSITIVE_INFINITY, 2],
      ]),
    ).data();
    expect(Array.from(y)).toEqual([Number.NaN, Number.NaN, Number.POSITIVE_INFINITY]);
  });

  it('over no elements is −Infinity', async () => {
    expect(Array.from(await logSumExp(tensor([], [3, 0])).data())).toEqual([minus, minus, minus]);
    expect(logSumExp(tensor([], [0, 4])).shape).toEqual([0]);
    expect(grad((x: Tensor) => sum(logSumExp(x)))(tensor([], [3, 0])).shape).toEqual([3, 0]);
  });

  it('leaks nothing, forward, backward and in a throw', async () => {
    const x = normal(key, [2, 3, 5]);
    expect(await leaked(() => logSumExp(x, 1))).toEqual({ tensors: 0, buffers: 0 });
    const backward = () => grads((given: Tensor) => tidy(() => sum(square(logSumExp(given)))))([x]);
    expect(await leaked(backward)).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => logSumExp(x, 3))).toEqual({ tensors: 0, buffers: 0 });
  });

  it('of an invalid axis says which are valid', () => {
    expect(() => logSumExp(normal(key, [2, 3]), 2)).toThrow(
      new ConfigError({
        caller: 'logSumExp',
        problem: 'axis must be one of x.',
        expected: 'an integer of -2 … 1',
        got: 'axis 2 of a tensor [2, 3]',
        remedy: 'give one axis of x.',
      }),
    );
    expect(() => logSumExp(normal(key, []))).toThrow(/expected {2}a tensor with an axis/);
  });
});
