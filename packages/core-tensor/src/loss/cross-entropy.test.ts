import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { engine, grad, mul, reshape, slice, type Tensor, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectSlopes } from '../../test/slopes.ts';
import type { CrossEntropyOptions } from '../contracts/cross-entropy/call.ts';
import { ConfigError, ShapeError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { crossEntropy } from './cross-entropy.ts';

const key = createKey('cross-entropy');
const logits = () => normal(key, [6, 5], { standardDeviation: 3 });
const targets = () => tensor1d([4, 0, -100, 2, 2, 1], 'int32');

onBackends('crossEntropy', () => {
  describe.each([0, 0.3])('with labelSmoothing %d', (labelSmoothing) => {
    it.each(['mean', 'sum', 'none'] as const)('%s has a gradient of the measured slope, for more than one axis of rows', (reduction) =>
      expectSlopes(
        (x) => crossEntropy(x as Tensor, reshape(targets(), [2, 3]), { reduction, labelSmoothing }),
        [reshape(logits(), [2, 3, 5])],
      ),
    );
  });

  it('keeps every digit at logits of 1e6, and takes −Infinity for a class that cannot be', async () => {
    const x = tensor2d([
      [1e6, 1e6 - 2, 0],
      [-1e6, -1e6, -Infinity],
      [0, -Infinity, -Infinity],
    ]);
    const losses = await crossEntropy(x, tensor1d([1, 0, 0], 'int32'), { reduction: 'none' }).data();
    expectClose(losses, [Math.log1p(Math.exp(2)), Math.log(2), 0], { atol: 1e-6, rtol: 1e-6 });
    const gradient = grad((each: Tensor) => crossEntropy(each, tensor1d([1, 0, 0], 'int32'), { reduction: 'sum' }))(x);
    const p = 1 / (1 + Math.exp(-2));
    expectClose(await gradient.data(), [p, -p, 0, -0.5, 0.5, 0, 0, 0, 0], { atol: 1e-6, rtol: 1e-6 });
  });

  it('leaves ignored rows out, whatever they hold', async () => {
    const x = tensor2d([
      [1, 2],
      [0, -Infinity],
      [3, 0],
    ]);
    const ids = tensor1d([0, 7, 0], 'int32');
    const each = await crossEntropy(x, ids, { reduction: 'none', ignoreIndex: 7 }).data();
    expectClose(each, [Math.log1p(Math.E), 0, Math.log1p(Math.exp(-3))], { atol: 1e-6, rtol: 1e-6 });
    const gradient = grad((y: Tensor) => crossEntropy(y, ids, { ignoreIndex: 7 }))(x);
    expect(((await gradient.array()) as number[][])[1]).toEqual([0, 0]);
  });

  it('is NaN over no rows, as in PyTorch', async () => {
    expect(Array.from(await crossEntropy(logits(), tensor1d([-100, -100, -100, -100, -100, -100], 'int32')).data())).toEqual([Number.NaN]);
  });

  it('is NaN for a target outside the classes, in its row and gradient only', async () => {
    const ids = tensor1d([4, 5, 0, -1, 2, 1], 'int32');
    const each = Array.from(await crossEntropy(logits(), ids, { reduction: 'none' }).data());
    expect(each.map(Number.isNaN)).toEqual([false, true, false, true, false, false]);
    const gradient = (await grad((x: Tensor) => crossEntropy(x, ids, { reduction: 'none' }))(logits()).array()) as number[][];
    expect(gradient.map((row) => row.every(Number.isNaN))).toEqual([false, true, false, true, false, false]);
  });

  it('in chunks of rows gives each row what it has alone, in bounded memory', async () => {
    const [rows, classes] = [3, 1_500_000]; // two rows to a chunk
    const x = mul(normal(key.fold('rows'), [rows, 1]), normal(key.fold('classes'), [1, classes]));
    const ids = tensor1d([0, 1_499_999, 7], 'int32');
    const options: CrossEntropyOptions = { reduction: 'none', labelSmoothing: 0.1 };
    const before = engine().memory().numBytes;
    const { peakBytes, result } = await engine().profile(() => crossEntropy(x, ids, options));
    expect(peakBytes - before).toBeLessThan(4 * 4 * 2 ** 22);
    const all = await (result as Tensor).data();
    for (const row of [1, 2]) {
      const one = await crossEntropy(slice(x, [row, 0], [1, classes]), slice(ids, [row], [1]), options).data();
      expectClose(one, [all[row] as number], { atol: 0, rtol: 1e-6 });
    }
  });

  it('leaks nothing, forward, backward or where it throws', async () => {
    const [x, ids] = [logits(), targets()];
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => crossEntropy(x, ids))).toEqual(none);
    expect(await leaked(() => grad((each: Tensor) => crossEntropy(each, ids, { labelSmoothing: 0.1 }))(x))).toEqual(none);
    expect(await leaked(() => crossEntropy(x, ids, { labelSmoothing: 2 }))).toEqual(none);
  });

  it('names targets and options that are not possible', () => {
    expect(() => crossEntropy(logits(), zeros([5], 'int32'))).toThrow(
      new ShapeError({
        caller: 'crossEntropy',
        problem: 'targets must have one id for each row.',
        expected: '[6]  (set by logits, without their last axis), at least one row',
        got: '[5]',
        remedy: 'give one class index for each row of logits.',
      }),
    );
    expect(() => crossEntropy(logits(), zeros([6]))).toThrow("remedy    give cast(targets, 'int32').");
    expect(() => crossEntropy(logits(), targets(), { labelSmoothing: 2 })).toThrow(
      new ConfigError({
        caller: 'crossEntropy',
        problem: 'labelSmoothing must be in [0, 1).',
        expected: 'a number of 0 … 1',
        got: '2',
        remedy: 'use 0.1, or leave it out for 0.',
      }),
    );
  });
});
