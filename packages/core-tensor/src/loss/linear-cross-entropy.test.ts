import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import {
  dispose,
  grads,
  memory,
  mul,
  profile,
  reshape,
  type Scalar,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  tidy,
  variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import { applyLinear } from '../layer/linear.ts';
import { normal } from '../tensor/random.ts';
import { type CrossEntropyOptions, crossEntropy } from './cross-entropy.ts';
import { linearCrossEntropy } from './linear-cross-entropy.ts';

const draw = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);
const tight = { atol: 1e-6, rtol: 1e-5 };

onBackends('linearCrossEntropy', () => {
  const inputs = () => ({ hidden: draw('hidden', [2, 5, 6]), weight: draw('weight', [9, 6]), bias: draw('bias', [9]) });
  const targets = (): Tensor => reshape(tensor1d([0, 8, 3, -100, 2, 2, 7, -100, 1, 5], 'int32'), [2, 5]);

  describe.each([undefined, 1, 3, 4, 10, 64])('with chunkLength %s', (chunkLength) => {
    it.each([
      ['mean', {}],
      ['sum', { labelSmoothing: 0.1 }],
      ['none', { labelSmoothing: 0.1, ignoreIndex: 2 }],
    ] as const)('is the loss of all logits at once, with its gradients: %s', async (reduction, rest) => {
      const options: CrossEntropyOptions = { reduction, ...rest };
      const { hidden, weight, bias } = inputs();
      const target = 'ignoreIndex' in rest ? reshape(tensor1d([0, 8, 3, 2, 2, 2, 7, 2, 1, 5], 'int32'), [2, 5]) : targets();
      const read = (loss: Tensor): Tensor => mul(loss, draw('cotangent', loss.shape));
      const whole = (h: Tensor, w: Tensor, b: Tensor): Tensor => read(crossEntropy(applyLinear(h, w, b), target, options));
      const chunked = (h: Tensor, w: Tensor, b: Tensor): Tensor =>
        read(linearCrossEntropy({ hidden: h, weight: w, bias: b, targets: target }, { ...options, chunkLength }));
      expectClose(await chunked(hidden, weight, bias).data(), await whole(hidden, weight, bias).data(), tight);
      const [expected, ours] = [whole, chunked].map((run) =>
        grads((h: Tensor, w: Tensor, b: Tensor) => sum(run(h, w, b)))([hidden, weight, bias]),
      ) as [Tensor[], Tensor[]];
      for (const [at, gradient] of expected.entries())
        expectClose(await (ours[at] as Tensor).data(), await gradient.data(), tight, `gradient ${at}`);
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('an ignored row of %s has no part in any gradient', async (number) => {
    const ids = tensor1d([-100, 1], 'int32');
    const weight = tensor2d([
      [0, 0],
      [1, 0],
    ]);
    const spoiled = tensor2d([
      [number, number],
      [1, 2],
    ]);
    for (const classWeights of [undefined, tensor1d([1, 1])]) {
      for (const labelSmoothing of [0, 0.1]) {
        const options = { labelSmoothing, classWeights };
        const loss = (hidden: Tensor, shared: Tensor) => linearCrossEntropy({ hidden, weight: shared, targets: ids }, options) as Scalar;
        const [ofHidden, ofWeight] = grads(loss)([spoiled, weight]) as [Tensor, Tensor];
        const slope = 1 / (1 + Math.E) - labelSmoothing / 2;
        expectClose(await ofHidden.data(), [0, 0, -slope, 0], tight);
        expectClose(await ofWeight.data(), [slope, 2 * slope, -slope, -2 * slope], tight);
      }
    }
  });

  it.each(['mean', 'sum', 'none'] as const)(
    'with class weights is the loss of all logits at once, with its gradients: %s',
    async (reduction) => {
      const { hidden, weight, bias } = inputs();
      const classWeights = tensor1d([1, 2, 0.5, 3, 1, 4, 1, 0.25, 2]);
      for (const [labelSmoothing, withBias] of [
        [0, true],
        [0.2, false],
        [0.2, true],
      ] as const) {
        const options = { reduction, labelSmoothing, classWeights };
        const whole = (h: Tensor, w: Tensor, b: Tensor): Tensor =>
          crossEntropy(applyLinear(h, w, withBias ? b : undefined), targets(), options);
        const chunked = (h: Tensor, w: Tensor, b: Tensor): Tensor =>
          linearCrossEntropy({ hidden: h, weight: w, bias: withBias ? b : undefined, targets: targets() }, { ...options, chunkLength: 3 });
        expectClose(await chunked(hidden, weight, bias).data(), await whole(hidden, weight, bias).data(), tight);
        const given = withBias ? [hidden, weight, bias] : [hidden, weight];
        const [expected, ours] = [whole, chunked].map((run) => grads((h: Tensor, w: Tensor, b: Tensor) => sum(run(h, w, b)))(given)) as [
          Tensor[],
          Tensor[],
        ];
        for (const [at, gradient] of expected.entries())
          expectClose(await (ours[at] as Tensor).data(), await gradient.data(), tight, `gradient ${at}`);
      }
      expect(() => linearCrossEntropy({ hidden, weight, targets: targets() }, { classWeights: tensor1d([1]) })).toThrow(
        'linearCrossEntropy: classWeights must have the shape [',
      );
    },
  );

  it('needs no bias', async () => {
    const { hidden, weight } = inputs();
    const loss = linearCrossEntropy({ hidden, weight, targets: targets() }, { chunkLength: 4 });
    expectClose(await loss.data(), await crossEntropy(applyLinear(hidden, weight), targets()).data(), tight);
  });

  it('never holds the logits of all rows: more rows add their hidden states and targets, not their logits', async () => {
    const weight = draw('weight', [1000, 8]);
    const peak = async (rows: number, chunkLength: number): Promise<number> => {
      const hidden = draw('hidden', [1, rows, 8]);
      const target = reshape(tensor1d(new Int32Array(rows).fill(3), 'int32'), [1, rows]);
      const before = memory().numBytes;
      const { peakBytes } = await profile(() =>
        grads((h: Tensor, w: Tensor) => linearCrossEntropy({ hidden: h, weight: w, targets: target }, { chunkLength }))([hidden, weight]),
      );
      return peakBytes - before;
    };
    const logitsOf = (rows: number): number => rows * 1000 * 4;
    expect((await peak(512, 16)) - (await peak(256, 16))).toBeLessThan(logitsOf(256) / 16);
    expect(await peak(512, 16)).toBeLessThan(logitsOf(512) / 2);
    expect(await peak(512, 512)).toBeGreaterThan(logitsOf(512));
  });

  it('trains: twenty steps take the loss below a half', async () => {
    const { hidden, weight, bias } = inputs();
    const target = targets();
    const [h, w, b] = [variable(hidden), variable(weight), variable(bias)];
    const variables = [h, w, b];
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      const run = () => linearCrossEntropy({ hidden: h, weight: w, bias: b, targets: target }, { chunkLength: 4 }) as Scalar;
      const { value, grads: gradients } = variableGrads(run, variables);
      losses.push((await value.data())[0] as number);
      for (const each of variables) tidy(() => each.assign(sub(each, mul(gradients[each.name] as Tensor, 0.5))));
      dispose([value, gradients]);
    }
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 2);
    dispose(variables);
  });

  it('leaves nothing behind, forward, backward or where it throws', async () => {
    const { hidden, weight } = inputs();
    const target = targets();
    const none = { tensors: 0, buffers: 0 };
    const loss = (h: Tensor): Tensor => linearCrossEntropy({ hidden: h, weight, targets: target }, { chunkLength: 3 });
    expect(await leaked(() => loss(hidden))).toEqual(none);
    expect(await leaked(() => grads(loss)([hidden]))).toEqual(none);
    expect(await leaked(() => linearCrossEntropy({ hidden, weight, targets: target }, { labelSmoothing: 2 }))).toEqual(none);
  });

  it('what stands in an ignored row reaches no gradient', async () => {
    const run = async (value: number): Promise<number[][]> => {
      const given = [tensor2d([[value], [1]]), tensor2d([[1], [2]])];
      const loss = (hidden: Tensor, weight: Tensor): Tensor =>
        linearCrossEntropy({ hidden, weight, targets: tensor1d([-100, 1], 'int32') }, { reduction: 'sum' });
      return Promise.all(grads(loss as (...tensors: Tensor[]) => Tensor)(given).map(async (each) => [...(await each.data())]));
    };
    const expected = await run(7);
    expect(expected[0]?.[0]).toBe(0);
    expect(expected[1]?.[0]).toBeCloseTo(0.268941, 5);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) expect(await run(value)).toEqual(expected);
  });

  it('names what does not fit', () => {
    const { hidden, weight } = inputs();
    const target = targets();
    expect(() => linearCrossEntropy({ hidden, weight, targets: zeros([5, 2], 'int32') })).toThrow(
      new ShapeError({
        caller: 'linearCrossEntropy',
        problem: 'targets must have one class for each row of hidden.',
        expected: '[2, 5]  (set by hidden, without its last axis), at least one row',
        got: '[5, 2]',
        remedy: 'give one class index for each row of hidden.',
      }),
    );
    expect(() => linearCrossEntropy({ hidden, weight, targets: target }, { chunkLength: 0 })).toThrow(
      'chunkLength must be an integer of at least 1.',
    );
    expect(() => linearCrossEntropy({ hidden, weight, targets: target }, { labelSmoothing: 2 })).toThrow(ConfigError);
  });
});
