import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { engine, grad, mul, reshape, slice, sum, type Tensor, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectSlopes } from '../../test/slopes.ts';
import { ConfigError, ShapeError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { type CrossEntropyOptions, crossEntropy } from './cross-entropy.ts';

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

  it('keeps its digits where all logits are far from 0, whatever is smoothed and weighted', async () => {
    const classes = 300;
    const far = (await normal(createKey('far'), [4, classes]).data()).map((each) => Math.fround(each - 1e5));
    const weights = (await normal(createKey('weights'), [classes]).data()).map((each) => Math.abs(each) + 0.05);
    const ids = [7, 299, 0, 150];
    const labelSmoothing = 0.4;
    const expected = ids.map((target, row) => {
      const own = [...far.subarray(row * classes, (row + 1) * classes)];
      const largest = Math.max(...own);
      const logs = own.map((each) => largest - each + Math.log(own.reduce((total, other) => total + Math.exp(other - largest), 0)));
      const spread = logs.reduce((total, each, at) => total + each * (weights[at] as number), 0) / classes;
      return (1 - labelSmoothing) * (logs[target] as number) * (weights[target] as number) + labelSmoothing * spread;
    });
    const options = { reduction: 'none', labelSmoothing } as const;
    const [x, targets, classWeights] = [tensor2d(far, [4, classes]), tensor1d(ids, 'int32'), tensor1d(weights)];
    expectClose(await crossEntropy(x, targets, { ...options, classWeights }).data(), expected, { atol: 0, rtol: 2e-5 });
    const alike = await crossEntropy(x, targets, options).data();
    expectClose(await crossEntropy(x, targets, { ...options, classWeights: tensor1d(new Array(classes).fill(1)) }).data(), alike, {
      atol: 0,
      rtol: 2e-5,
    });
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

  it('weighs each row by the weight of its target, as torch does', async () => {
    // torch.nn.functional.cross_entropy(log p, [1, 0, -100, 2], weight=[1, 2, 4]), and with label_smoothing=0.3, by the definition.
    const p = [
      [0.5, 0.25, 0.25],
      [0.125, 0.5, 0.375],
      [1, 0, 0],
      [0.2, 0.2, 0.6],
    ];
    const x = tensor2d(p.map((row) => row.map((each) => Math.log(each) + 3)));
    const ids = tensor1d([1, 0, -100, 2], 'int32');
    const weights = [1, 2, 4];
    const classWeights = tensor1d(weights);
    const sumOf = (all: readonly number[]): number => all.reduce((total, each) => total + each, 0);
    for (const labelSmoothing of [0, 0.3]) {
      const expected = ([1, 0, undefined, 2] as const).map((target, row) => {
        if (target === undefined) return 0;
        const logs = (p[row] as number[]).map((each) => -Math.log(each));
        const spread = sumOf(logs.map((each, at) => each * (weights[at] as number))) / 3;
        return (1 - labelSmoothing) * (logs[target] as number) * (weights[target] as number) + labelSmoothing * spread;
      });
      const of = (reduction: 'none' | 'sum' | 'mean') => crossEntropy(x, ids, { reduction, labelSmoothing, classWeights }).data();
      const tight = { atol: 1e-6, rtol: 2e-6 };
      expectClose(await of('none'), expected, tight);
      expectClose(await of('sum'), [sumOf(expected)], tight);
      expectClose(await of('mean'), [sumOf(expected) / (2 + 1 + 4)], tight);
    }
    expectClose(
      [...(await crossEntropy(x, ids, { classWeights }).data())].map((each) => each * 7),
      [2 * Math.log(4) + Math.log(8) - 4 * Math.log(0.6)],
      {
        atol: 2e-6,
        rtol: 2e-6,
      },
    );
    // All weights alike are none.
    const alike = tensor1d([3, 3, 3]);
    expectClose(
      await crossEntropy(x, ids, { classWeights: alike, labelSmoothing: 0.2 }).data(),
      await crossEntropy(x, ids, { labelSmoothing: 0.2 }).data(),
      {
        atol: 1e-6,
        rtol: 2e-6,
      },
    );
    expect(() => crossEntropy(x, ids, { classWeights: tensor1d([1, 2]) })).toThrow('crossEntropy: classWeights must have the shape [');
    expect(await leaked(() => crossEntropy(x, ids, { classWeights, labelSmoothing: 0.1 }))).toEqual({ tensors: 0, buffers: 0 });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'gives an ignored row that holds %s the gradient 0, whatever is smoothed and weighted',
    async (number) => {
      const ids = tensor1d([-100, 1], 'int32');
      const gradientOf = async (options: CrossEntropyOptions) => {
        const x = tensor2d([
          [number, 0],
          [0, 1],
        ]);
        return (await grad((each: Tensor) => sum(crossEntropy(each, ids, options)))(x).data()) as Float32Array;
      };
      const p = 1 / (1 + Math.E);
      for (const reduction of ['mean', 'sum', 'none'] as const) {
        for (const classWeights of [undefined, tensor1d([1, 1])]) {
          for (const labelSmoothing of [0, 0.1, 1]) {
            const slope = p - labelSmoothing / 2;
            const found = await gradientOf({ reduction, labelSmoothing, classWeights });
            expectClose(found, [0, 0, slope, -slope], { atol: 1e-6, rtol: 1e-6 }, `${reduction}, smoothing ${labelSmoothing}`);
          }
        }
      }
    },
  );

  it.each(['mean', 'sum', 'none'] as const)('with class weights %s has a gradient of the measured slope', async (reduction) => {
    const classWeights = tensor1d([0.5, 2, 1, 3, 0]);
    for (const labelSmoothing of [0, 0.3]) {
      await expectSlopes(
        (x) => crossEntropy(x as Tensor, reshape(targets(), [2, 3]), { reduction, labelSmoothing, classWeights }),
        [reshape(logits(), [2, 3, 5])],
      );
    }
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
