import { applyLinear, createKey, crossEntropy, feedForward, gatherRows, normal } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import {
  add,
  concat,
  exp,
  grads,
  memory,
  mul,
  profile,
  reshape,
  type Scalar,
  square,
  sum,
  type Tensor,
  tanh,
  tensor1d,
  tensor2d,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { chunkedCrossEntropy, recompute, recomputedLayer } from '../src/index.ts';
import { gradientsOf, halves } from './stacks.ts';

const draw = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);
const tight = { atol: 1e-6, rtol: 1e-5 };

onBackends('recompute', () => {
  const [x, y] = [() => draw('x', [3, 4]), () => draw('y', [4])];

  it('gives the value and the gradients of the function, of one output and of several', async () => {
    const one = (a: Tensor, b: Tensor): Tensor => tanh(mul(square(a), b));
    const several = (a: Tensor, b: Tensor): readonly [Tensor, Tensor, Tensor] => [one(a, b), exp(b), add(b, 1)];
    const read = (values: readonly Tensor[]): Scalar =>
      values.map((value, at) => sum(mul(value, draw(`cotangent ${at}`, value.shape)))).reduce((a, b) => add(a, b)) as Scalar;
    for (const [plain, again] of [
      [(a: Tensor, b: Tensor) => [one(a, b)], (a: Tensor, b: Tensor) => [recompute(one)(a, b)]],
      [(a: Tensor, b: Tensor) => several(a, b).slice(0, 2), (a: Tensor, b: Tensor) => recompute(several)(a, b).slice(0, 2)],
    ] as const) {
      const [expected, ours] = [plain, again].map((run) => grads((a: Tensor, b: Tensor) => read(run(a, b)))([x(), y()])) as [
        Tensor[],
        Tensor[],
      ];
      for (const [at, gradient] of expected.entries()) expectClose(await (ours[at] as Tensor).data(), await gradient.data(), tight);
      expectClose(await (again(x(), y())[0] as Tensor).data(), await (plain(x(), y())[0] as Tensor).data(), tight);
    }
  });

  it('keeps what is inside out of memory until it is needed', async () => {
    const deep = (a: Tensor): Tensor => Array.from({ length: 20 }).reduce((value: Tensor) => tanh(value), a);
    const peak = async (run: (a: Tensor) => Tensor): Promise<number> => {
      const input = draw('wide', [64, 64]);
      const { peakBytes } = await profile(() => grads((a: Tensor) => sum(chained(run, a)) as Scalar)([input]));
      return peakBytes;
    };
    const chained = (run: (a: Tensor) => Tensor, a: Tensor): Tensor => run(run(run(run(a))));
    expect((await peak(recompute(deep))) / (await peak(deep))).toBeLessThan(0.5);
  });

  it('takes int32 arguments, which have no gradients', async () => {
    const picked = recompute((table: Tensor, ids: Tensor) => square(gatherRows(table, ids)));
    const [gradient] = grads((table: Tensor) => sum(picked(table, tensor1d([2, 0], 'int32'))) as Scalar)([tensor2d([[1], [2], [3]])]);
    expect(Array.from(await (gradient as Tensor).data())).toEqual([2, 0, 6]);
  });

  it('makes layers that give the same gradients under the same names', async () => {
    const layer = feedForward({ width: 4, innerWidth: 6 });
    const parameters = layer.init(createKey(1));
    const apply = (one: typeof layer) => (p: typeof parameters, x: Tensor) => {
      const { x1, x2 } = halves(x);
      return concat([one.apply(p, x1), one.apply(p, x2)], -1);
    };
    const gradients = (one: typeof layer) => gradientsOf(apply(one), parameters, concat([x(), x()], -1)).gradients;
    const [plain, again] = [gradients(layer), gradients(recomputedLayer(layer))];
    for (const [name, gradient] of Object.entries(plain)) {
      expectClose(await (again[name] as Tensor).data(), await gradient.data(), tight, name);
    }
  });

  it('leaves nothing behind, after a throw in the second run too', async () => {
    let runs = 0;
    const fragile = recompute((a: Tensor) => {
      const value = tanh(square(a));
      if (++runs % 2 === 0) throw new Error('second run');
      return value;
    });
    const input = x();
    expect(await leaked(() => grads((a: Tensor) => sum(recompute(tanh)(a)) as Scalar)([input]))).toEqual({ tensors: 0, buffers: 0 });
    expect(() => grads((a: Tensor) => sum(fragile(a)) as Scalar)([input])).toThrow('second run');
  });

  it('says that it was given nothing', () => {
    expect(() => recompute(() => [])()).toThrow('the function gave no tensor');
  });
});

onBackends('chunkedCrossEntropy', () => {
  const inputs = () => ({ hidden: draw('hidden', [2, 5, 6]), weight: draw('weight', [9, 6]), bias: draw('bias', [9]) });
  const targets = tensorOf([0, 8, 3, -100, 2, 2, 7, -100, 1, 5]);
  function tensorOf(ids: number[]): () => Tensor {
    return () => reshape(tensor1d(ids, 'int32'), [2, 5]);
  }

  describe.each([1, 3, 4, 10, 64])('%i rows at a time', (chunkLength) => {
    it.each(['mean', 'sum'] as const)('is the loss of all logits at once, with its gradients: %s', async (reduction) => {
      const options = { reduction, labelSmoothing: 0.1 };
      const { hidden, weight, bias } = inputs();
      const target = targets();
      const whole = (h: Tensor, w: Tensor, b: Tensor): Tensor => mul(3, crossEntropy(applyLinear(h, w, b), target, options));
      const chunked = (h: Tensor, w: Tensor, b: Tensor): Tensor =>
        mul(3, chunkedCrossEntropy({ hidden: h, weight: w, bias: b, targets: target }, { ...options, chunkLength }));
      expectClose(await chunked(hidden, weight, bias).data(), await whole(hidden, weight, bias).data(), tight);
      const [expected, ours] = [whole, chunked].map((run) =>
        grads((h: Tensor, w: Tensor, b: Tensor) => run(h, w, b) as Scalar)([hidden, weight, bias]),
      ) as [Tensor[], Tensor[]];
      for (const [at, gradient] of expected.entries())
        expectClose(await (ours[at] as Tensor).data(), await gradient.data(), tight, `gradient ${at}`);
    });
  });

  it('never holds the logits of all rows: more rows add their hidden states and targets, not their logits', async () => {
    const weight = draw('weight', [1000, 8]);
    const peak = async (rows: number, chunkLength: number): Promise<number> => {
      const hidden = draw('hidden', [1, rows, 8]);
      const target = reshape(tensor1d(new Int32Array(rows).fill(3), 'int32'), [1, rows]);
      const before = memory().numBytes;
      const { peakBytes } = await profile(() =>
        grads((h: Tensor, w: Tensor) => chunkedCrossEntropy({ hidden: h, weight: w, targets: target }, { chunkLength }) as Scalar)([
          hidden,
          weight,
        ]),
      );
      return peakBytes - before;
    };
    const logitsOf = (rows: number): number => rows * 1000 * 4;
    expect((await peak(512, 16)) - (await peak(256, 16))).toBeLessThan(logitsOf(256) / 16);
    expect(await peak(512, 16)).toBeLessThan(logitsOf(512) / 2);
    expect(await peak(512, 512)).toBeGreaterThan(logitsOf(512));
  });

  it('leaves nothing behind and names a chunkLength that is no number of rows', async () => {
    const { hidden, weight } = inputs();
    const target = targets();
    const loss = (h: Tensor): Scalar => chunkedCrossEntropy({ hidden: h, weight, targets: target }, { chunkLength: 3 }) as Scalar;
    expect(await leaked(() => grads(loss)([hidden]))).toEqual({ tensors: 0, buffers: 0 });
    expect(() => chunkedCrossEntropy({ hidden, weight, targets: target }, { chunkLength: 0 })).toThrow(
      'chunkLength is not a number of rows',
    );
  });
});
