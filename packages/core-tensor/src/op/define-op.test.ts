import { leaked, onBackends } from '@longspan/tooling/expect';
import {
  add,
  getBackend,
  getGradient,
  getKernel,
  grad,
  grads,
  mul,
  neg,
  profile,
  type Scalar,
  sub,
  sum,
  type Tensor,
  tensor1d,
  variable,
  variableGrads,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { ConfigError } from '../error/index.ts';
import { defineOp } from './define-op.ts';

/** x² · by. */
const square = defineOp({
  name: 'TestSquare',
  forward: ([x]: readonly [Tensor], { by }: { readonly by: number }) => [mul(mul(x, x), by)],
  gradient: ({ inputs: [x] }, [dy], { by }) => [mul(dy, mul(x, 2 * by))],
});

/** Product and difference of a and b: two outputs, with what the gradient saves in odd places. */
const productAndDifference = defineOp({
  name: 'TestProductAndDifference',
  forward: ([a, b]: readonly [Tensor, Tensor, Tensor]) => [mul(a, b), sub(a, b)],
  save: { inputs: [0, 1], outputs: [1] },
  gradient: ({ inputs: [a], outputs: [difference] }, [dProduct, dDifference]) => [
    add(mul(dProduct, sub(a, difference)), dDifference), // b = a − (a − b)
    sub(mul(dProduct, a), dDifference),
    null,
  ],
});

const computed: string[] = [];
const lazyProduct = defineOp({
  name: 'TestLazyProduct',
  forward: ([a, b]: readonly [Tensor, Tensor]) => [mul(a, b)],
  gradientOf: {
    0: ({ inputs: [, b] }, [dy]) => {
      computed.push('a');
      return mul(dy, b);
    },
    1: ({ inputs: [a] }, [dy]) => {
      computed.push('b');
      return mul(dy, a);
    },
  },
});

const addition = defineOp({
  name: 'TestAddition',
  forward: ([a, b]: readonly [Tensor, Tensor]) => [add(a, b)],
  save: { inputs: [] },
  gradient: (_, [dy]) => [dy, dy],
});

const passed = defineOp({ name: 'TestPassed', forward: ([x]: readonly [Tensor], _: object) => [x], gradient: (__, [dy]) => [dy] });

const values = (tensors: readonly Tensor[]): Promise<number[][]> => Promise.all(tensors.map(async (each) => [...(await each.data())]));

onBackends('defineOp', () => {
  it('gives the forward result with its attributes', async () => {
    const [y] = square([tensor1d([1, -2, 3])], { by: 0.5 });
    expect([...(await y.data())]).toEqual([0.5, 2, 4.5]);
  });

  it('uses its own gradient with the cotangent and the attributes', async () => {
    const dx = grad((x: Tensor) => square([x], { by: 0.5 })[0])(tensor1d([1, -2, 3]), tensor1d([10, 20, 30]));
    expect([...(await dx.data())]).toEqual([10, -40, 90]);
  });

  const a = () => tensor1d([1, 2, 3]);
  const b = () => tensor1d([4, -5, 6]);
  const ids = () => tensor1d([0, 1, 2], 'int32');
  const cotangent = () => tensor1d([1, 10, 100]);

  it('takes the cotangents of two outputs', async () => {
    const both = (x: Tensor, y: Tensor): Tensor => {
      const [product, difference] = productAndDifference([x, y, ids()], {});
      return add(product, mul(difference, 2));
    };
    expect(await values(grads(both)([a(), b()], cotangent()))).toEqual([
      [6, -30, 800],
      [-1, 0, 100],
    ]);
  });

  it.each([
    [0, [4, -50, 600], [1, 20, 300]],
    [1, [1, 10, 100], [-1, -10, -100]],
  ] as const)('takes a cotangent of output %i alone', async (output, da, db) => {
    const one = (x: Tensor, y: Tensor): Tensor => productAndDifference([x, y, ids()], {})[output];
    expect(await values(grads(one)([a(), b()], cotangent()))).toEqual([da, db]);
  });

  it('gives zeros for an input without a gradient that is on the path', async () => {
    const through = (x: Tensor): Tensor => productAndDifference([a(), b(), mul(x, 1)], {})[0];
    expect(await values(grads(through)([a()], cotangent()))).toEqual([[0, 0, 0]]);
  });

  it('computes a gradient of gradientOf only where it is wanted', async () => {
    computed.length = 0;
    const db = grad((y: Tensor) => lazyProduct([a(), y], {})[0])(b(), cotangent());
    expect([computed.slice(), [...(await db.data())]]).toEqual([['b'], [1, 20, 300]]);
    expect(await values(grads((x, y) => lazyProduct([x, y], {})[0])([a(), b()], cotangent()))).toEqual([
      [4, -50, 600],
      [1, 20, 300],
    ]);
  });

  it('adds up the gradients of a tensor that is two inputs, and of a cotangent that is returned as it came', async () => {
    const x = a();
    const dy = cotangent();
    const twice = grad((z: Tensor) => addition([z, z], {})[0])(x, dy);
    expect(await values([twice, dy, x])).toEqual([
      [2, 20, 200],
      [1, 10, 100],
      [1, 2, 3],
    ]);
  });

  it('returns a tensor of its own where forward returns its input', async () => {
    const x = a();
    const [y] = passed([x], {});
    y.dispose();
    expect([...(await x.data())]).toEqual([1, 2, 3]);
  });

  it('works in variableGrads beside tfjs ops', async () => {
    const weight = variable(a());
    const { value, grads: found } = variableGrads(() => sum(mul(square([weight], { by: 2 })[0], b())) as Scalar);
    expect(await values([value, found[weight.name] as Tensor])).toEqual([[4 * 2 - 5 * 8 + 6 * 18], [16, -40, 72]]);
    weight.dispose();
  });

  it('throws a sentence for the gradient of its gradient', () => {
    const first = grad((x: Tensor) => square([x], { by: 1 })[0]);
    let thrown: unknown;
    try {
      grad((x: Tensor) => first(x))(a());
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigError);
    expect((thrown as ConfigError).message).toBe(
      [
        'TestSquare: TestSquare must be differentiated only once.',
        '  expected  one backward pass over it',
        '  got       the gradient of its gradient',
        '  remedy    take gradients of the forward pass only, or write the function with tfjs ops.',
      ].join('\n'),
    );
  });

  it('once it is forgotten tfjs has no more of it, before and after a call, and the gradient of an earlier call still comes', async () => {
    const op = defineOp({
      name: 'TestForgotten',
      forward: ([x, y]: readonly [Tensor, Tensor], _: object) => [mul(x, y)],
      gradient: ({ inputs: [, y] }, [dy]) => [mul(dy, y)],
      gradientOf: { 1: ({ inputs: [x] }, [dy]) => mul(dy, x) },
    });
    const known = () =>
      ['TestForgotten', 'TestForgottenGrad', 'TestForgottenGrad1'].map((name) => [
        getKernel(name, getBackend()) !== undefined,
        getGradient(name) !== undefined,
      ]);
    const all = (is: boolean) => [0, 1, 2].map(() => [is, is]);
    const gradients = (between: () => void): Promise<number[][]> => {
      const through = (x: Tensor, y: Tensor): Tensor => {
        const [out] = op([x, y], {});
        between();
        return out;
      };
      return values(grads(through)([a(), b()], cotangent()));
    };
    const expected = [
      [4, -50, 600],
      [1, 20, 300],
    ];
    expect(await gradients(() => {})).toEqual(expected);
    expect(known()).toEqual(all(true));
    expect(await gradients(op.forget)).toEqual(expected);
    expect(known()).toEqual(all(false));
    expect(await values(op([a(), b()], {}))).toEqual([[4, -10, 18]]);
    expect(known()).toEqual(all(false));
  });

  it('has a name in tf.profile for each pass, and so has every operation within', async () => {
    const { kernels } = await profile(() => {
      const found = grads((p: Tensor, q: Tensor) => sum(mul(productAndDifference([p, q, ids()], {})[0], lazyProduct([p, q], {})[0])))([
        a(),
        b(),
      ]);
      return found[0] as Tensor;
    });
    const names = kernels.map(({ name }) => name);
    expect(names.filter((name) => !name)).toEqual([]);
    expect(names.filter((name) => name.startsWith('Test'))).toEqual([
      'TestProductAndDifference',
      'TestLazyProduct',
      'TestLazyProductGrad0',
      'TestLazyProductGrad1',
      'TestProductAndDifferenceGrad',
    ]);
  });

  it('leaves no tensor behind, forward, backward or throwing', async () => {
    const [x, y, z] = [a(), b(), ids()];
    const failing = defineOp({
      name: 'TestFailing',
      forward: ([input]: readonly [Tensor], _: object): [Tensor] => {
        neg(zerosLike(input));
        throw new Error('on purpose');
      },
    });
    expect(await leaked(() => [...productAndDifference([x, y, z], {})])).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => grads((p, q) => productAndDifference([p, q, z], {})[1])([x, y]))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => grads((p, q) => lazyProduct([p, q], {})[0])([x, y]))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => [...failing([x], {})])).toEqual({ tensors: 0, buffers: 0 });
  });
});

onBackends('two ops of one name', () => {
  const scaled = (factor: number) =>
    defineOp({
      name: 'TestScaledTwice',
      forward: ([x]: readonly [Tensor], _: object) => [mul(x, factor)],
      save: { inputs: [] },
      gradient: (_, [dy]) => [mul(dy, factor)],
    });
  const slope = (op: ReturnType<typeof scaled>) => grad((x: Tensor) => sum(op([x], {})[0]))(tensor1d([1])).array();

  it('each run their own functions, forward and backward, in any order', async () => {
    const [first, second] = [scaled(2), scaled(3)];
    for (const [op, factor] of [
      [first, 2],
      [second, 3],
      [first, 2],
    ] as const) {
      expect(await op([tensor1d([1])], {})[0].array()).toEqual([factor]);
      expect(await slope(op)).toEqual([factor]);
    }
  });

  it('keep the gradient of a forward pass that came before the other', async () => {
    const [first, second] = [scaled(2), scaled(3)];
    const both = grad((x: Tensor) => {
      const one = first([x], {})[0];
      const other = second([x], {})[0];
      return sum(add(one, mul(other, 10))) as Scalar;
    });
    expect(await both(tensor1d([1])).array()).toEqual([32]);
  });

  it('are forgotten one by one', async () => {
    const [first, second] = [scaled(2), scaled(3)];
    first([tensor1d([1])], {});
    second([tensor1d([1])], {});
    first.forget(); // the second has its place by now
    expect(getKernel('TestScaledTwice', getBackend())).toBeDefined();
    expect(await slope(second)).toEqual([3]);
    second.forget();
    expect([getKernel('TestScaledTwice', getBackend()), getGradient('TestScaledTwice')]).toEqual([undefined, undefined]);
  });
});
