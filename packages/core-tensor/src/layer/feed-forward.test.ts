import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import {
  dispose,
  engine,
  grad,
  grads,
  mean,
  mul,
  type Scalar,
  square,
  sub,
  type Tensor,
  tensor2d,
  tidy,
  variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectSlopes } from '../../test/slopes.ts';
import { ConfigError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import type { Activation } from './activation.ts';
import { applyFeedForward, type FeedForwardParameters, feedForward } from './feed-forward.ts';

const key = createKey('feed-forward');
/** x, then the parameters in order. */
const inputs = (): [Tensor, Tensor, Tensor, Tensor, Tensor] => [
  normal(key.fold('x'), [2, 5, 3]),
  normal(key.fold('inner.weight'), [7, 3]),
  normal(key.fold('inner.bias'), [7]),
  normal(key.fold('outer.weight'), [3, 7]),
  normal(key.fold('outer.bias'), [3]),
];
const named = (tensors: readonly Tensor[]): FeedForwardParameters => {
  const [innerWeight, innerBias, outerWeight, outerBias] = tensors as [Tensor, Tensor, Tensor, Tensor];
  return { innerWeight, innerBias, outerWeight, outerBias };
};
const run =
  (activation: Activation, chunkLength?: number) =>
  (...[x, ...rest]: Tensor[]): Tensor =>
    applyFeedForward(x as Tensor, named(rest), { activation, chunkLength });

onBackends('applyFeedForward', () => {
  describe.each(['gelu', 'geluTanh', 'relu'] as const)('with %s', (activation) => {
    it.each([1, 3, 4, 10, 99])('in chunks of %i equals the whole, with its gradients', async (chunkLength) => {
      const dy = normal(key.fold('dy'), [2, 5, 3]);
      const [whole, chunked] = [run(activation), run(activation, chunkLength)];
      expectClose(await chunked(...inputs()).data(), await whole(...inputs()).data(), { atol: 1e-6, rtol: 1e-6 });
      const [expected, found] = [grads(whole)(inputs(), dy), grads(chunked)(inputs(), dy)];
      for (const [at, each] of expected.entries()) {
        expectClose(await (found[at] as Tensor).data(), await each.data(), { atol: 2e-5, rtol: 1e-5 }, `gradient ${at}`);
      }
    });
  });

  it('has gradients of the measured slopes in chunks', () => expectSlopes(run('gelu', 4), inputs(), 3e-3, 5e-3));

  it('in chunks never holds the inner activation of more than one chunk, forward or backward', async () => {
    const [rows, width, inner] = [2048, 8, 512];
    const given: [Tensor, Tensor, Tensor, Tensor, Tensor] = [
      normal(key, [rows, width]),
      normal(key, [inner, width]),
      normal(key, [inner]),
      normal(key, [width, inner]),
      normal(key, [width]),
    ];
    const peak = async (work: () => Tensor | Tensor[]): Promise<number> => {
      const before = engine().memory().numBytes;
      const { peakBytes } = await engine().profile(work);
      return peakBytes - before;
    };
    const whole = 4 * rows * inner;
    const forward = await peak(() => run('geluTanh', 16)(...given));
    const backward = await peak(() => grads(run('geluTanh', 16))([...given]));
    // A chunk of 16 rows takes 1/128 of the inner activation, and a dozen temporaries of it may be there at once.
    expect(forward).toBeLessThan(whole / 8);
    expect(backward).toBeLessThan(whole / 4);
    expect(await peak(() => run('geluTanh')(...given))).toBeGreaterThan(whole);
  });

  it('leaks nothing, forward, backward or where it throws', async () => {
    const given = inputs();
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => run('gelu')(...given))).toEqual(none);
    expect(await leaked(() => run('gelu', 3)(...given))).toEqual(none);
    expect(await leaked(() => grads(run('gelu', 3))([...given]))).toEqual(none);
    expect(await leaked(() => run('gelu', 0)(...given))).toEqual(none);
  });
});

onBackends('feedForward', () => {
  it('applies its parameters, in chunks or not', async () => {
    const x = inputs()[0];
    const layers = [feedForward({ width: 3, innerWidth: 4 }), feedForward({ width: 3, innerWidth: 4, chunkLength: 3 })] as const;
    const parameters = layers[0].init(key);
    expectClose(await layers[1].apply(parameters, x).data(), await layers[0].apply(parameters, x).data(), { atol: 1e-6, rtol: 1e-6 });
    expect(Object.entries(parameters).map(([name, { shape }]) => [name, shape])).toEqual([
      ['inner.weight', [4, 3]],
      ['inner.bias', [4]],
      ['outer.weight', [3, 4]],
      ['outer.bias', [3]],
    ]);
  });

  it('in chunks trains: a hundred steps take the loss below a half and leave no tensors behind', async () => {
    const layer = feedForward({ width: 3, innerWidth: 7, chunkLength: 4 });
    const [x, target] = [normal(key.fold('x'), [2, 5, 3]), normal(key.fold('target'), [2, 5, 3])];
    const losses: number[] = [];
    const train = async (steps: number): Promise<[]> => {
      const parameters = layer.init(key);
      const variables = Object.fromEntries(Object.entries(parameters).map(([name, each]) => [name, variable(each)]));
      for (let step = 0; step < steps; step++) {
        const { value, grads } = variableGrads(
          () => mean(square(sub(layer.apply(variables, x), target))) as Scalar,
          Object.values(variables),
        );
        losses[step] = (await value.data())[0] as number;
        for (const each of Object.values(variables)) tidy(() => each.assign(sub(each, mul(grads[each.name] as Tensor, 0.5))));
        dispose([value, grads]);
      }
      dispose([parameters, variables]);
      return [];
    };
    await train(1); // makes what the backend keeps
    expect(await leaked(() => train(100))).toEqual({ tensors: 0, buffers: 0 });
    expect(losses.at(-1) as number).toBeLessThan((losses[0] as number) / 2);
  });

  it('throws for an activation that it does not know', () => {
    expect(() => feedForward({ width: 3, innerWidth: 4, activation: 'swish' as Activation })).toThrow(
      new ConfigError({
        caller: 'feedForward',
        problem: 'activation must be one of gelu, geluTanh, relu.',
        expected: "'gelu', 'geluTanh', 'relu'",
        got: '"swish"',
        remedy: "use 'geluTanh' for gelu_new and gelu_pytorch_tanh.",
      }),
    );
  });
});

onBackends('feed-forward through a unit that is off', () => {
  it('hands nothing back, whatever the outer weight holds', async () => {
    const x = tensor2d([[1, 2]]);
    const weights = (outer: number) => ({
      innerWeight: tensor2d([
        [1, 1],
        [-1, -1],
      ]),
      innerBias: zeros([2]),
      outerWeight: tensor2d([
        [0.5, outer],
        [0, 0],
      ]),
      outerBias: zeros([2]),
    });
    for (const outer of [Number.NaN, Number.POSITIVE_INFINITY, 7]) {
      for (const chunkLength of [undefined, 1]) {
        const dx = grad((given: Tensor) => applyFeedForward(given, weights(outer), { activation: 'relu', chunkLength }))(x);
        expect([...(await dx.data())]).toEqual([0.5, 0.5]);
      }
    }
  });
});
