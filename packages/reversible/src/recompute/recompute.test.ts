import { createKey, feedForward, gatherRows, normal } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import {
  add,
  concat,
  exp,
  grad,
  grads,
  memory,
  mul,
  profile,
  type Scalar,
  square,
  sum,
  type Tensor,
  tanh,
  tensor1d,
  tensor2d,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { gradientsOf, halves } from '../../test/stacks.ts';
import { recompute, recomputedLayer } from '../index.ts';

const draw = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);
const tight = { atol: 1e-6, rtol: 1e-5 };

onBackends('recompute', () => {
  it('refuses a function that takes gradients itself', () => {
    const slope = (x: Tensor): Tensor => grad((y) => sum(square(y)))(x);
    const rule = /^recompute: what is computed again must take no gradients itself[.]/;
    expect(() => recompute(slope)(tensor1d([1, 2]))).toThrow(rule);
    expect(() => grad((x) => recompute(slope)(x))(tensor1d([1, 2]))).toThrow(rule);
  });

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
      const before = memory().numBytes;
      const { peakBytes } = await profile(() => grads((a: Tensor) => sum(chained(run, a)) as Scalar)([input]));
      return peakBytes - before;
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
    expect(() => recompute(() => [])()).toThrow('the function must give a tensor');
  });

  it('says that its function has disposed an argument', () => {
    const taking = recompute((a: Tensor) => {
      const value = tanh(a);
      a.dispose();
      return value;
    });
    const rule = 'recompute: the function must leave its arguments to the caller.';
    expect(() => taking(x())).toThrow(rule);
    expect(() => grads((a: Tensor) => sum(taking(a)) as Scalar)([x()])).toThrow(rule);
  });
});
