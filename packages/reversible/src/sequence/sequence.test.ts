import { bernoulli, createKey, disposeParameters, type Key, type Layer, normal, type Parameters } from '@longspan/core-tensor';
import { leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import {
  add,
  cast,
  dispose,
  mul,
  neg,
  profile,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tidy,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { branches, gradientsOf, relativeDistance, stack, streams } from '../../test/stacks.ts';
import { type DecidingLayer, plainSequence, type ReversibleBlock, recompute, reversibleSequence } from '../index.ts';

const shape = [2, 5, 6];
const width = 6;
const training = (key: Key | undefined) => (key === undefined ? {} : { training: true, key });

/** Gradients as far apart as rounding makes them, relative to the norm of each. */
async function expectSameGradients(
  blocks: ReversibleBlock[],
  { key, keepEvery, limit = 1e-4 }: { key?: Key; keepEvery?: number; limit?: number } = {},
) {
  const stored = plainSequence(blocks);
  const reversible = reversibleSequence(blocks, keepEvery === undefined ? {} : { keepEvery });
  const parameters = reversible.init(createKey('parameters'));
  const inputs = streams(shape);
  const context = training(key);
  const ours = gradientsOf((p, x) => reversible.apply(p, x, context), parameters, inputs);
  const plain = gradientsOf((p, x) => stored.apply(p, x, context), parameters, inputs);
  expect(await relativeDistance(ours.loss, plain.loss)).toBeLessThan(1e-6);
  for (const [name, gradient] of Object.entries(plain.gradients)) {
    expect(await relativeDistance(ours.gradients[name] as Tensor, gradient), name).toBeLessThan(limit);
  }
  dispose([ours, plain, inputs]);
  disposeParameters(parameters);
}

onBackends('reversibleSequence', () => {
  const anyName = fc.constantFrom(...Object.keys(branches));
  const anyStack = fc.array(fc.tuple(anyName, anyName), { minLength: 1, maxLength: 6 });

  it('gives the loss and the gradients of the same blocks with stored activations, dropout included', () =>
    fc.assert(
      fc.asyncProperty(
        anyStack,
        fc.option(fc.integer({ min: 1, max: 9 })),
        fc.option(fc.integer({ min: 1, max: 4 })),
        async (names, seed, keepEvery) => {
          await expectSameGradients(stack(names, width), {
            ...(seed !== null && { key: createKey(seed) }),
            ...(keepEvery !== null && { keepEvery }),
          });
        },
      ),
      { numRuns: 12, seed: 7 },
    ));

  it('gives them through 24 blocks', () => expectSameGradients(stack(new Array(24).fill(['gelu', 'tanh']), width), { key: createKey(1) }));

  it('drops other elements under another key, and the same under the same', async () => {
    const sequence = reversibleSequence(stack([['gelu', 'tanh']], width));
    const parameters = sequence.init(createKey(1));
    const run = async (seed: number) => await sequence.apply(parameters, streams(shape), training(createKey(seed))).x2.data();
    expect(await run(1)).toEqual(await run(1));
    expect(await run(2)).not.toEqual(await run(1));
  });

  it('rebuilds its inputs from its outputs', async () => {
    const sequence = reversibleSequence(stack(new Array(5).fill(['tanh', 'chunked']), width));
    const parameters = sequence.init(createKey(1));
    const inputs = streams(shape);
    const context = training(createKey(3));
    const rebuilt = sequence.invert(parameters, sequence.apply(parameters, inputs, context), context);
    expect(await relativeDistance(rebuilt.x1, inputs.x1)).toBeLessThan(1e-5);
    expect(await relativeDistance(rebuilt.x2, inputs.x2)).toBeLessThan(1e-5);
    const other = sequence.invert(parameters, sequence.apply(parameters, inputs, context), training(createKey(4)));
    expect(await relativeDistance(other.x1, inputs.x1)).toBeGreaterThan(1e-2);
  });

  it('runs a deciding layer again with the decisions of its first run', async () => {
    // Each run would decide otherwise: only what is handed back makes the second run a repetition.
    let runs = 0;
    const chosen = (run: number): Tensor => cast(bernoulli(createKey(run), [5, 1], 0.5), 'int32');
    const init = () => ({ weight: normal(createKey('weight'), [5, 1]) });
    const masked = ({ weight }: Parameters, x: Tensor, mask: Tensor): Tensor => mul(mul(x, cast(mask, 'float32')), weight as Tensor);
    const choosing: DecidingLayer = {
      init,
      run(parameters, x, _, decided) {
        const mask = decided?.[0] ?? chosen(runs++);
        return { outputs: masked(parameters, x, mask), decisions: [mask] };
      },
    };
    const fixed: Layer = { init, apply: (parameters, x) => masked(parameters, x, chosen(0)) };
    const blocks = (first: Layer | DecidingLayer): ReversibleBlock[] => [
      { f: first, g: (branches.tanh as (width: number) => Layer)(width) },
    ];
    const parameters = plainSequence(blocks(fixed)).init(createKey(1));
    const decisive = reversibleSequence(blocks(choosing));
    const ours = gradientsOf((p, x) => decisive.apply(p, x), parameters, streams(shape)).gradients;
    expect(runs).toBe(1);
    const plain = gradientsOf(plainSequence(blocks(fixed)).apply, parameters, streams(shape)).gradients;
    for (const [name, gradient] of Object.entries(plain)) {
      expect(await relativeDistance(ours[name] as Tensor, gradient), name).toBeLessThan(1e-4);
    }
  });

  it('sums the gradients of a parameter that stands under several names', async () => {
    const blocks = stack(new Array(2).fill(['tanh', 'tanh']), width);
    const single = blocks[0]?.f?.init(createKey(1)) as Parameters;
    const tied = Object.fromEntries(
      ['0.f', '0.g', '1.f', '1.g'].flatMap((prefix) => Object.entries(single).map(([name, tensor]) => [`${prefix}.${name}`, tensor])),
    );
    const ours = gradientsOf(reversibleSequence(blocks).apply, tied, streams(shape)).gradients;
    const plain = gradientsOf(plainSequence(blocks).apply, tied, streams(shape)).gradients;
    for (const [name, gradient] of Object.entries(plain))
      expect(await relativeDistance(ours[name] as Tensor, gradient), name).toBeLessThan(1e-4);
  });

  it('leaves the outer tape alone: what comes before, after and inside it is differentiated too', async () => {
    const blocks = stack([['tanh', 'gelu']], width);
    const inner = (blocks[0] as ReversibleBlock).f as Layer;
    const again: Layer = {
      init: inner.init,
      apply: (parameters, x) => {
        const names = Object.keys(parameters);
        return recompute((x: Tensor, ...values: Tensor[]) =>
          inner.apply(Object.fromEntries(names.map((name, at) => [name, values[at] as Tensor])), x),
        )(x, ...Object.values(parameters));
      },
    };
    const nested = reversibleSequence([{ f: again, g: (blocks[0] as ReversibleBlock).g as Layer }]);
    const around =
      (apply: typeof nested.apply) =>
      (p: Parameters, { x1, x2 }: { x1: Tensor; x2: Tensor }) => {
        const middle = apply(p, { x1: square(x1), x2: add(x2, x1) });
        return { x1: square(middle.x1), x2: mul(middle.x2, x2) };
      };
    const parameters = nested.init(createKey(1));
    const ours = gradientsOf(around(nested.apply), parameters, streams(shape)).gradients;
    const plain = gradientsOf(around(plainSequence(blocks).apply), parameters, streams(shape)).gradients;
    for (const [name, gradient] of Object.entries(plain))
      expect(await relativeDistance(ours[name] as Tensor, gradient), name).toBeLessThan(1e-4);
  });

  it('leaves no tensors behind: forward, over a hundred training steps, after a throw in either pass, and measuring drift', async () => {
    const sequence = reversibleSequence(stack(new Array(2).fill(['tanh', 'chunked']), width), { keepEvery: 1 });
    const parameters = sequence.init(createKey(1));
    const inputs = streams(shape);
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => ({ ...sequence.apply(parameters, inputs, training(createKey(1))) }))).toEqual(none);
    expect(
      await leaked(() => {
        for (let step = 0; step < 100; step++) {
          const { loss, gradients } = gradientsOf((p, x) => sequence.apply(p, x, training(createKey(step))), parameters, inputs);
          dispose([loss, { ...gradients }]);
        }
        return [];
      }),
    ).toEqual(none);
    await leaked(async () => {
      await sequence.drift(parameters, inputs);
      return [];
    }).then((found) => expect(found).toEqual(none));
    let runs = 0;
    const failing = (from: number): Layer => ({
      init: () => ({}),
      apply(_, x) {
        const doubled = mul(x, square(x));
        if (++runs >= from) throw new Error('the branch fails');
        return doubled;
      },
    });
    const plain: Layer = { init: () => ({}), apply: (_, x) => square(x) };
    for (const from of [1, 2]) {
      runs = 0;
      const fragile = reversibleSequence([{ f: plain, g: failing(from) }]);
      const both = () => gradientsOf((p, x) => fragile.apply(p, x), {}, inputs);
      if (from === 1) expect(await leaked(() => ({ ...fragile.apply({}, inputs) }))).toEqual(none);
      else expect(both).toThrow('the branch fails');
      runs = 0;
      const after = gradientsOf((p, x) => sequence.apply(p, x), parameters, inputs);
      expect(Object.keys(after.gradients).length).toBeGreaterThan(2); // tfjs can still differentiate
    }
  });

  it('trains: some steps of descent towards a random target take the loss below a quarter', async () => {
    const sequence = reversibleSequence(stack(new Array(4).fill(['gelu', 'tanh']), width));
    const drawn = sequence.init(createKey('training'));
    const variables = Object.fromEntries(Object.entries(drawn).map(([name, tensor]) => [name, variable(tensor)]));
    const [inputs, target] = [streams(shape), streams(shape, 'target')];
    const losses: number[] = [];
    for (let step = 0; step < 60; step++) {
      const { value, grads } = variableGrads(() =>
        tidy(() => {
          const { x1, x2 } = sequence.apply(variables, inputs);
          return reshape(add(sum(square(sub(x1, target.x1))), sum(square(sub(x2, target.x2)))), []);
        }),
      );
      losses.push((await value.data())[0] as number);
      for (const each of Object.values(variables)) tidy(() => each.assign(sub(each, mul(grads[each.name] as Tensor, 0.004))));
      dispose([value, grads]);
    }
    expect(losses.at(-1) as number).toBeLessThan((losses[0] as number) / 4);
    dispose(variables);
  });
});

onBackends('memory', () => {
  it('of a training step does not grow with depth beside parameters, while that of stored activations does', async () => {
    const inputs = streams([1, 256, 32]);
    const peak = async (depth: number, sequenceOf: typeof plainSequence): Promise<number> => {
      const sequence = sequenceOf(stack(new Array(depth).fill(['gelu', 'gelu']), 32));
      const parameters = sequence.init(createKey(1));
      const weight = Object.values(parameters).reduce((bytes, { size }) => bytes + 4 * size, 0);
      const { peakBytes } = await profile(() => {
        const { loss, gradients } = gradientsOf(sequence.apply, parameters, inputs);
        return [loss, ...Object.values(gradients)];
      });
      disposeParameters(parameters);
      return peakBytes - 3 * weight; // parameters, saved copies and gradients
    };
    const [shallow, deep] = [await peak(2, reversibleSequence), await peak(16, reversibleSequence)];
    expect(deep / shallow).toBeLessThan(1.15);
    expect((await peak(16, plainSequence)) / (await peak(2, plainSequence))).toBeGreaterThan(3);
  });
});

describe('drift', () => {
  beforeAll(() => withBackend('cpu'));

  it('is that of rounding, grows with depth, and is bounded by keepEvery', async () => {
    const blocks = stack(new Array(12).fill(['gelu', 'tanh']), width);
    const inputs = streams(shape);
    const parameters = reversibleSequence(blocks).init(createKey(1));
    const all = await reversibleSequence(blocks).drift(parameters, inputs);
    expect(all.map(({ block }) => block)).toEqual(Array.from({ length: 12 }, (_, at) => at));
    for (const { x1, x2 } of all) expect(Math.max(x1, x2)).toBeLessThan(1e-5);
    expect(all[0]?.x1).toBeGreaterThan(0);
    expect(all[0]?.x1 as number).toBeGreaterThan(all[11]?.x1 as number);
    const kept = await reversibleSequence(blocks, { keepEvery: 3 }).drift(parameters, inputs);
    expect(kept[0]?.x1 as number).toBeLessThan(all[0]?.x1 as number);
  });
});

describe('errors', () => {
  beforeAll(() => withBackend('cpu'));

  const half: Layer = { init: () => ({}), apply: (_, x) => mul(x, 0.5) };

  it('name a block that is no pair', () => {
    expect(() => reversibleSequence([{ f: half, g: half }, { f: half }])).toThrow(
      [
        'reversibleSequence: block 1 is not a pair of branches.',
        '  expected  one or more records of two layers, F and G: { attention, feedForward }',
        '  got       { f }',
        '  remedy    put the attention first and the feed-forward layer second.',
      ].join('\n'),
    );
  });

  it('name streams that differ, a branch that changes the shape, and a keepEvery that is no number of blocks', () => {
    const { x1, x2 } = streams([2, 3]);
    const sequence = reversibleSequence([{ f: half, g: { init: () => ({}), apply: (_, x) => sum(neg(x), 0) } }]);
    expect(() => sequence.apply({}, { x1, x2: tensor1d([1]) })).toThrow('the streams are not of one shape');
    expect(() => sequence.apply({}, { x1, x2 })).toThrow('0.g does not keep the shape');
    expect(() => reversibleSequence([{ f: half, g: half }], { keepEvery: 0 })).toThrow('keepEvery must be an integer of at least 1.');
  });
});
