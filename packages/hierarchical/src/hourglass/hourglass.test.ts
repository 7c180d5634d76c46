import { createKey, type Key, type Layer, type LayerState, type Parameters, padding, type StatefulResult } from '@longspan/core-tensor';
import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import { effort, expectClose, leaked, onFewerBackends } from '@longspan/tooling/expect';
import {
  add,
  concat,
  dispose,
  fill,
  grad,
  mul,
  slice,
  sum,
  type Tensor,
  tensor3d,
  tidy,
  valueAndGrads,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draw, expectGradients, lively } from '../../test/random.ts';
import { type HourglassConfig, type HourglassContext, hourglass } from './hourglass.ts';
import type { Downsampling, Upsampling } from './plan.ts';

const small = { width: 8, heads: 2, innerWidth: 12, tokenLayers: [1, 1] } as const;
const downsamplings: readonly Downsampling[] = ['average', 'linear', { attention: 'average' }, { attention: 'linear' }];
const upsamplings: readonly Upsampling[] = ['repeat', 'linear', { attention: 'repeat' }, { attention: 'linear' }];

/** Palindromes of up to three levels, factors of 2 to 4. */
const anyHierarchy = fc.array(fc.integer({ min: 2, max: 4 }), { minLength: 1, maxLength: 3 }).map((factors) => {
  const totals = factors.map((_, at) => factors.slice(0, at + 1).reduce((one, other) => one * other, 1));
  return [...totals, ...totals.slice(0, -1).reverse()].map((total) => `1@${total}`).join(' ');
});

const anyConfig: fc.Arbitrary<HourglassConfig & { readonly cache?: false }> = fc
  .record({
    hierarchy: anyHierarchy,
    downsampling: fc.constantFrom(...downsamplings),
    upsampling: fc.constantFrom(...upsamplings),
    window: fc.constantFrom(undefined, ...[0, 2, 6].map((left) => ({ left, right: 0 }))),
  })
  .map((rest) => ({ ...small, ...rest }));

/** The first output that differs, −1 where none does. */
async function firstChange(before: Tensor, after: Tensor): Promise<number> {
  const [one, other] = [await before.data(), await after.data()];
  const at = one.findIndex((value, index) => Math.abs(value - (other[index] as number)) > 1e-5);
  return at < 0 ? -1 : Math.floor(at / small.width);
}

onFewerBackends('hourglass', (backend) => {
  it('output t depends on no input after t, whatever palindrome, ways, window and length', async () => {
    await fc.assert(
      fc.asyncProperty(anyConfig, fc.integer({ min: 1, max: 31 }), fc.nat(), async (config, length, seed) => {
        const layer = hourglass(config);
        const parameters = lively(layer.init);
        const x = draw(`x ${seed}`, [1, length, small.width]);
        const t = seed % length;
        // Not the same number for all features: a layer norm would take it away again.
        const at = Float32Array.from({ length: length * small.width }, (_, index) =>
          Math.floor(index / small.width) === t ? 2 + (index % 3) : 0,
        );
        const change = tensor3d(at, [1, length, small.width]);
        const [before, after] = [layer.apply(parameters, x), layer.apply(parameters, add(x, change))];
        expect(await firstChange(before, after)).toBe(t);
        // A prefix alone gives what it gives at the head of the whole.
        const prefix = layer.apply(parameters, slice(x, [0, 0, 0], [1, t + 1, small.width]));
        expect(await firstChange(prefix, slice(before, [0, 0, 0], [1, t + 1, small.width]))).toBe(-1);
        dispose([Object.values(parameters), x, change, before, after, prefix]);
      }),
      { numRuns: backend === 'cpu' ? effort(12, 30) : effort(4, 8) },
    );
  });

  it('reaches far beyond its window through the levels', async () => {
    const reach = async (hierarchy: string): Promise<number> => {
      const layer = hourglass({ ...small, hierarchy, window: { left: 1, right: 0 } });
      const parameters = lively(layer.init);
      const x = draw('x', [1, 40, small.width]);
      const last = tensor3d(
        Float32Array.from({ length: 40 * 8 }, (_, at) => (at >= 39 * 8 ? 1 + (at % 3) : 0)),
        [1, 40, 8],
      );
      const dx = grad((x: Tensor) => sum(mul(layer.apply(parameters, x), last)))(x);
      const [rows] = (await dx.array()) as number[][][];
      dispose([Object.values(parameters), x, last, dx]);
      return 39 - (rows?.findIndex((row) => row.some((each) => Math.abs(each) > 1e-9)) ?? 39);
    };
    const [shallow, deep] = [await reach('1@2'), await reach('1@2 1@8 1@2')];
    expect(shallow).toBeGreaterThan(2); // two layers of window 2 over tokens alone
    expect(deep).toBeGreaterThan(shallow + 5);
  });

  it('without a hierarchy is what is left of an Hourglass whose levels add nothing', async () => {
    const [whole, plain] = [hourglass({ ...small, hierarchy: '1@2' }), hourglass(small)];
    const parameters = lively(whole.init);
    const silent = { ...parameters, 'inner.norm.weight': zeros([8]), 'inner.norm.bias': zeros([8]) };
    const own = plain.init(createKey(0));
    expect(Object.keys(own)).toEqual(Object.keys(parameters).filter((name) => !name.startsWith('inner')));
    const x = draw('x', [2, 7, 8]);
    const [expected, found] = [whole.apply(silent, x), plain.apply(silent, x)];
    expectClose(await found.data(), await expected.data(), { atol: 1e-6, rtol: 1e-6 });
    dispose([Object.values(silent), Object.values(parameters), Object.values(own), x, expected, found]);
  });

  it('has the gradients of its input and of parameters of every kind', async () => {
    const layer = hourglass({ ...small, hierarchy: '1@2 1@4 1@2', window: { left: 4, right: 0 } });
    const all = lively(layer.init);
    const inner = 'inner.inner';
    const names = [
      'context_bias',
      'location_bias',
      'after.layers.0.attention.position.weight',
      `${inner}.downsample.attention.value.weight`,
    ];
    const some = [...names, `${inner}.upsample.pool.dense.weight`, `${inner}.upsample.attention.query.bias`, 'inner.norm.weight'];
    const selected = Object.fromEntries(some.map((name) => [name, all[name] as Tensor]));
    const bias = `${inner}.upsample.attention.query.bias`;
    const given: Readonly<Record<string, Tensor>> = { ...selected, x: draw('x', [2, 7, 8]) };
    const { [bias]: query, ...others } = given;
    await expectGradients(({ x, ...rest }) => layer.apply({ ...all, ...rest }, x as Tensor), others);
    // A wide step: this gradient is 0.006 in all, which a narrow one's rounding would hide.
    await expectGradients((rest) => layer.apply({ ...all, ...rest }, others['x'] as Tensor), { [bias]: query as Tensor }, { step: 5e-2 });
    dispose(Object.values(all));
  });
});

/** A batch of rows that begin or end with padding: tokens [from, to) of each row are real. */
const rowsOf = (length: number, reals: readonly (readonly [number, number])[]): number[][] =>
  reals.map(([from, to]) => Array.from({ length }, (_, at) => (at >= from && at < to ? 1 : 0)));

onFewerBackends('padding in an hourglass', () => {
  it.each(downsamplings.map((downsampling, at) => [{ downsampling, upsampling: upsamplings[at] as Upsampling }]))(
    '%j: changes no token at the end, nor at the beginning, in rows of mixed lengths',
    async (ways) => {
      const layer = hourglass({ ...small, ...ways, hierarchy: '1@2 1@4 1@2', window: { left: 6, right: 0 } });
      const parameters = lively(layer.init);
      const reals = [
        [0, 13],
        [8, 16],
        [4, 11],
        [3, 16],
        [5, 13],
        [15, 16],
        [0, 0],
      ] as const; // prettier-ignore
      const x = draw('x', [7, 16, 8]);
      const out = layer.apply(parameters, x, { padding: padding(rowsOf(16, reals)) });
      for (const [row, [from, to]] of reals.entries()) {
        if (from === to) continue;
        const alone = layer.apply(parameters, slice(x, [row, from, 0], [1, to - from, 8]));
        const within = slice(out, [row, from, 0], [1, to - from, 8]);
        expectClose(await within.data(), await alone.data(), { atol: 2e-5, rtol: 1e-4 }, `row ${row}`);
        dispose([alone, within]);
      }
      expect((await out.data()).every(Number.isFinite)).toBe(true);
      dispose([x, out, Object.values(parameters)]);
    },
  );

  it.each(downsamplings.map((downsampling, at) => [{ downsampling, upsampling: upsamplings[at] as Upsampling }]))(
    '%j: whatever stands in padding, at the beginning or between tokens, is nothing to tokens and gradients',
    async (ways) => {
      const layer = hourglass({ ...small, ...ways, hierarchy: '1@2' });
      const parameters = lively(layer.init);
      const marks = [
        [0, 0, 1, 1, 1, 1],
        [1, 0, 1, 1, 0, 1],
      ];
      const context = { padding: padding(marks) };
      const real = tensor3d(marks.flat(), [2, 6, 1], 'bool');
      const run = async (value: number) => {
        const x = where(real, draw('x', [2, 6, 8]), fill([2, 6, 8], value));
        const tokens = (given: Parameters, y: Tensor): Tensor => {
          const out = layer.apply(given, y, context);
          return where(real, out, zerosLike(out));
        };
        const { value: out, grads: slopes } = valueAndGrads((y: Tensor, ...own: Tensor[]) =>
          sum(
            mul(tokens(Object.fromEntries(Object.keys(parameters).map((name, at) => [name, own[at] as Tensor])), y), draw('dy', [2, 6, 8])),
          ),
        )([x, ...Object.values(parameters)]);
        return Promise.all([out, ...slopes].map((each) => each.data()));
      };
      const expected = await run(0);
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) expect(await run(value)).toEqual(expected);
      dispose([real, Object.values(parameters)]);
    },
  );

  it('has the gradients of its input and parameters where rows are padded, one of them wholly', async () => {
    const layer = hourglass({ ...small, hierarchy: '1@2' });
    const all = lively(layer.init);
    const names = ['inner.downsample.attention.value.weight', 'inner.upsample.attention.key.weight', 'before.norm.weight'];
    const selected = Object.fromEntries(names.map((name) => [name, all[name] as Tensor]));
    const context = {
      padding: padding(
        rowsOf(6, [
          [3, 6],
          [0, 5],
          [0, 0],
        ]),
      ),
    }; // prettier-ignore
    // Rows of padding hold numbers that mean nothing: only the others are read.
    const real = tensor3d(
      rowsOf(6, [
        [3, 6],
        [0, 5],
        [0, 0],
      ]).flat(),
      [3, 6, 1],
    ); // prettier-ignore
    await expectGradients(({ x, ...rest }) => mul(layer.apply({ ...all, ...rest }, x as Tensor, context), real), {
      ...selected,
      x: draw('x', [3, 6, 8]),
    });
    dispose([real, Object.values(all)]);
  });
});

/** Calls over a few tokens each, one after the other. */
function inSteps(
  layer: Layer<HourglassContext, StatefulResult>,
  parameters: Parameters,
  x: Tensor,
  steps: readonly number[],
): { readonly hidden: Tensor; readonly state: LayerState } {
  let state: LayerState = {};
  let at = 0;
  const rows = steps.map((count) => {
    const result = layer.apply(parameters, slice(x, [0, at, 0], [-1, count, -1]), { state });
    ({ state } = result);
    at += count;
    return result.hidden;
  });
  return { hidden: concat(rows, 1), state };
}

onFewerBackends('an hourglass with a cache', (backend, kernels) => {
  it('gives token by token, and in uneven steps, what one call gives, whatever palindrome, ways and window', async () => {
    const anySteps = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(anyConfig, anySteps, fc.nat(), async (config, uneven, seed) => {
        const [layer, plain] = [hourglass({ ...config, cache: true }), hourglass(config)];
        const parameters = lively(layer.init);
        const length = uneven.reduce((sum, each) => sum + each, 0);
        const x = draw(`x ${seed}`, [2, length, small.width]);
        const whole = await plain.apply(parameters, x).data();
        const ones = Array.from({ length: Math.min(length, backend === 'cpu' ? 5 : 13) }, () => 1);
        const single = ones.length === length ? ones : [...ones, length - ones.length];
        for (const steps of [single, uneven]) {
          const { hidden } = inSteps(layer, parameters, x, steps);
          expectClose(await hidden.data(), whole, { atol: 2e-5, rtol: 1e-4 }, `steps of ${steps}`);
        }
      }),
      { numRuns: kernels === 'ours' ? effort(10, 25) : effort(2, 5) },
    );
  });

  it('keeps no more keys than its window reaches, and leaves nothing behind', async () => {
    const layer = hourglass({ ...small, hierarchy: '1@2', window: { left: 3, right: 0 }, cache: true });
    const parameters = lively(layer.init);
    const x = draw('x', [1, 21, small.width]);
    const { state } = inSteps(layer, parameters, x, [8, 1, 1, 11]);
    const kept = (name: string): number | undefined => (state[name] as Tensor | undefined)?.shape[2];
    expect(kept('before.layers.0.attention.keys')).toBe(3);
    expect(kept('inner.before.layers.0.attention.keys')).toBe(3);
    expect(kept('inner.downsample.attention.keys')).toBe(1); // four members reach into two groups
    expect(kept('inner.upsample.attention.keys')).toBe(3);
    expect(state['position']).toBe(21);
    expect((state['inner.last'] as Tensor).shape).toEqual([1, 1, small.width]);
    expect(state['inner.pending']).toBeUndefined(); // token 20 ends a group
    const steps = (): Tensor => {
      const run = tidy(() => inSteps(layer, parameters, x, [8, 1, 1, 11]).hidden);
      return run;
    };
    expect(await leaked(steps)).toEqual({ tensors: 0, buffers: 0 });
  });

  it('takes no padding, and the state of as many batch rows', () => {
    const layer = hourglass({ ...small, hierarchy: '1@2', cache: true });
    const parameters = lively(layer.init);
    const x = draw('x', [2, 3, small.width]);
    expect(() =>
      layer.apply(parameters, x, {
        padding: padding(
          rowsOf(3, [
            [0, 2],
            [0, 3],
          ]),
        ),
      }),
    ).toThrow(
      new ConfigError({
        caller: 'hourglass',
        problem: 'context.padding must be left out with a cache.',
        expected: 'rows of tokens alone',
        got: 'padding [2, 3]',
        remedy: 'decode rows of one length together, each group with a state of its own.',
      }),
    );
    const { state } = layer.apply(parameters, x);
    expect(() => layer.apply(parameters, draw('x', [1, 3, small.width]), { state })).toThrow(ShapeError);
  });
});

describe('dropout in an hourglass', () => {
  it('drops features of every part while training, the same for the same key', async () => {
    const layer = hourglass({ ...small, hierarchy: '1@2', hiddenDropout: 0.5 });
    const parameters = lively(layer.init);
    const x = draw('x', [1, 5, 8]);
    const run = async (context?: { training: true; key: Key }): Promise<number[]> =>
      Array.from(await layer.apply(parameters, x, context).data());
    const training = (seed: number) => run({ training: true, key: createKey(seed) });
    expect(await training(1)).toEqual(await training(1));
    expect(await training(1)).not.toEqual(await training(2));
    expect(await run()).not.toEqual(await training(1));
    expect(() => layer.apply(parameters, x, { training: true })).toThrow('hourglass: training with dropout needs a key.');
    dispose([x, Object.values(parameters)]);
  });
});

describe('the errors of hourglass', () => {
  it.each(['2@3 1@6', '1@2 1@3 1@2', '1@1', '', '1@2 x 1@2', '1@4 1@4 1@4'])('reject the hierarchy %j', (hierarchy) => {
    expect(() => hourglass({ ...small, hierarchy })).toThrow(ConfigError);
  });

  it('say what a hierarchy is', () => {
    expect(() => hourglass({ ...small, hierarchy: '1@2 1@4' })).toThrow(
      new ConfigError({
        caller: 'hourglass',
        problem: 'the hierarchy must be a palindrome.',
        expected: "layers@total words, as '2@3' or '1@2 1@4 1@2': down to the innermost level and up again",
        got: "'1@2 1@4'",
        remedy: 'write how many tokens one vector of each level stands for; each total is a multiple of the one before.',
      }),
    );
  });

  it('reject heads, inputs and parameters that do not fit', () => {
    expect(() => hourglass({ ...small, heads: 3, hierarchy: '1@2' })).toThrow(ConfigError);
    const layer = hourglass({ ...small, hierarchy: '1@2' });
    const parameters = layer.init(createKey(0));
    expect(() => layer.apply(parameters, draw('x', [1, 3, 7]))).toThrow(ShapeError);
    expect(() => layer.apply({ ...parameters, context_bias: draw('b', [2, 5]) }, draw('x', [1, 3, 8]))).toThrow(ShapeError);
    expect(() => layer.apply(parameters, draw('x', [1, 3, 8]), { padding: padding([[1, 1]]) })).toThrow(ShapeError);
    expect(() => hourglass({ ...small, window: { left: 3, right: 1 } })).toThrow(
      new ConfigError({
        caller: 'hourglass',
        problem: 'window.right must be 0, for the layer is causal.',
        expected: '{ left: 3, right: 0 }',
        got: '{ left: 3, right: 1 }',
        remedy: 'leave right at 0.',
      }),
    );
  });
});
