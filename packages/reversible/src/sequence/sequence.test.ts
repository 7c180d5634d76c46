import {
  bernoulli,
  chain,
  createKey,
  defineLayer,
  disposeParameters,
  type Key,
  type Layer,
  type LayerContext,
  layerNorm,
  linear,
  normal,
  type Parameters,
  residual,
} from '@longspan/core-tensor';
import { effort, leaked, onFewerBackends, onTrainingBackends, withBackend } from '@longspan/tooling/expect';
import {
  add,
  addN,
  cast,
  clone,
  concat,
  dispose,
  grads,
  matMul,
  memory,
  mul,
  neg,
  profile,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor1d,
  tidy,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { branches, gradientsOf, halves, type PlainBlock, plainLayer, relativeDistance, stack, streams } from '../../test/stacks.ts';
import { averageStreams, duplicateStreams, plainSequence, recomputedLayer, reversibleSequence } from '../index.ts';

const shape = [2, 5, 6];
const width = 6;
const training = (key: Key | undefined) => (key === undefined ? {} : { training: true, key });

/** Gradients as far apart as rounding makes them, relative to the norm of each. */
async function expectSameGradients(
  blocks: PlainBlock[],
  { key, keepEvery, limit = 1e-4 }: { key?: Key; keepEvery?: number; limit?: number } = {},
) {
  const kept = plainSequence(blocks);
  const reversible = reversibleSequence(blocks, { keepEvery });
  const parameters = reversible.init(createKey('parameters'));
  const inputs = streams(shape);
  const context = training(key);
  const ours = gradientsOf((p, x) => reversible.apply(p, x, context), parameters, inputs);
  const plain = gradientsOf((p, x) => kept.apply(p, x, context), parameters, inputs);
  expect(await relativeDistance(ours.loss, plain.loss)).toBeLessThan(1e-6);
  for (const [name, gradient] of Object.entries(plain.gradients)) {
    expect(await relativeDistance(ours.gradients[name] as Tensor, gradient), name).toBeLessThan(limit);
  }
  dispose([ours, plain, inputs]);
  disposeParameters(parameters);
}

onFewerBackends('reversibleSequence', () => {
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
      { numRuns: effort(5, 12) },
    ));

  it('gives them through 24 blocks', () => expectSameGradients(stack(new Array(24).fill(['gelu', 'tanh']), width), { key: createKey(1) }));

  it('drops other elements under another key, and the same under the same', async () => {
    const sequence = reversibleSequence(stack([['gelu', 'tanh']], width));
    const parameters = sequence.init(createKey(1));
    const run = async (seed: number) => await sequence.apply(parameters, streams(shape), training(createKey(seed))).data();
    expect(await run(1)).toEqual(await run(1));
    expect(await run(2)).not.toEqual(await run(1));
  });

  it('rebuilds its inputs from its outputs', async () => {
    const sequence = reversibleSequence(stack(new Array(5).fill(['tanh', 'chunked']), width));
    const parameters = sequence.init(createKey(1));
    const inputs = streams(shape);
    const context = training(createKey(3));
    const rebuilt = sequence.invert(parameters, sequence.apply(parameters, inputs, context), context);
    expect(await relativeDistance(halves(rebuilt).x1, halves(inputs).x1)).toBeLessThan(1e-5);
    expect(await relativeDistance(halves(rebuilt).x2, halves(inputs).x2)).toBeLessThan(1e-5);
    const other = sequence.invert(parameters, sequence.apply(parameters, inputs, context), training(createKey(4)));
    expect(await relativeDistance(halves(other).x1, halves(inputs).x1)).toBeGreaterThan(1e-2);
  });

  it('runs a layer again with the choices of its first run, and takes recorded choices from outside', async () => {
    // Each run would choose otherwise: only what is handed back makes the second run a repetition.
    let runs = 0;
    const drawn = (run: number): Tensor => cast(bernoulli(createKey(run), [5, 1], 0.5), 'int32');
    const masked = (x: Tensor, mask: Tensor, weight: Tensor): Tensor => mul(mul(x, cast(mask, 'float32')), weight);
    const spec = { weight: { shape: [5, 1], draw: { kind: 'normal', standardDeviation: 1 }, decay: true } } as const;
    const choosing = defineLayer({
      name: 'choosing',
      spec,
      states: ['mask'],
      replays: ['mask'],
      run({ parameters, state }, x) {
        const before = state.find('mask') as Tensor | undefined;
        const mask = before === undefined ? drawn(runs++) : clone(before);
        return { hidden: masked(x, mask, parameters.get('weight')), state: { mask } };
      },
    });
    const fixed = defineLayer({ name: 'fixed', spec, run: ({ parameters }, x) => masked(x, drawn(0), parameters.get('weight')) });
    const g = (branches['tanh'] as (width: number) => Layer)(width);
    const parameters = plainSequence([{ f: fixed, g }]).init(createKey(1));
    const sequence = reversibleSequence([{ f: choosing, g }]);
    const ours = gradientsOf((p, x) => sequence.apply(p, x).hidden, parameters, streams(shape)).gradients;
    expect(runs).toBe(1);
    const plain = gradientsOf(plainSequence([{ f: fixed, g }]).apply, parameters, streams(shape)).gradients;
    for (const [name, gradient] of Object.entries(plain)) {
      expect(await relativeDistance(ours[name] as Tensor, gradient), name).toBeLessThan(1e-4);
    }
    const inputs = streams(shape);
    const first = sequence.apply(parameters, inputs);
    expect(Object.keys(first.state)).toEqual(['0.f.mask']);
    const again = sequence.apply(parameters, inputs, { state: first.state });
    expect(runs).toBe(2);
    expect(await again.hidden.data()).toEqual(await first.hidden.data());
    const rebuilt = sequence.invert(parameters, first.hidden, { state: first.state });
    expect(await relativeDistance(rebuilt, inputs)).toBeLessThan(1e-5);
    expect((await sequence.reconstructionError(parameters, inputs))[0]?.x1).toBeLessThan(1e-5);
  });

  it('gives branches their state of before in the second run, and gradients to all tensors of the context and the state', async () => {
    interface Told extends LayerContext {
      readonly encoder: { readonly hidden: Tensor; readonly name: string };
    }
    // Reads what it is told and what it kept, and keeps what it was given: two runs on one state would not give the same.
    const remembering = () =>
      defineLayer({
        name: 'remembering',
        spec: linear({ inFeatures: width, outFeatures: width }).spec,
        reads: ['encoder'],
        states: ['memory', 'calls'],
        run({ parameters, state }, x, { encoder }: Told) {
          const memory = state.find('memory') as Tensor | undefined;
          const hidden = tanh(add(matMul(add(x, memory ?? 0), parameters.get('weight')), add(parameters.get('bias'), encoder.hidden)));
          return { hidden, state: { memory: add(square(x), memory ?? 0), calls: ((state.find('calls') as number) ?? 0) + 1 } };
        },
      });
    const blocks = Array.from({ length: 3 }, () => ({ attention: remembering(), feed: (branches['gelu'] as (w: number) => Layer)(width) }));
    const sequences = [plainSequence(blocks), reversibleSequence(blocks), reversibleSequence(blocks, { keepEvery: 2 })] as const;
    const parameters = sequences[0].init(createKey(1));
    const names = Object.keys(parameters);
    const tensors = [
      streams([5, 6]),
      normal(createKey('told'), [5, 6]),
      ...[0, 1, 2].map((at) => normal(createKey(`memory ${at}`), [5, 6])),
      ...Object.values(parameters),
    ];
    const run = (of: (typeof sequences)[number], [x, told, ...rest]: readonly Tensor[]) => {
      const state = Object.fromEntries(
        [0, 1, 2].flatMap((at) => [
          [`${at}.attention.memory`, rest[at] as Tensor],
          [`${at}.attention.calls`, 4],
        ]),
      );
      const own = Object.fromEntries(names.map((name, at) => [name, rest[at + 3] as Tensor]));
      const context = { encoder: { hidden: told as Tensor, name: 'text' }, state, training: true, key: createKey(5) };
      return of.apply(own, x as Tensor, context);
    };
    const lossOf = (of: (typeof sequences)[number]) =>
      grads((...given: Tensor[]) => {
        const { hidden, state } = run(of, given);
        const kept = [0, 1, 2].map((at) => sum(mul(state[`${at}.attention.memory`] as Tensor, normal(createKey(at), [5, 6]))));
        return add(sum(mul(hidden, streams([5, 6], 'cotangent'))), addN(kept));
      })(tensors);
    const [expected, ...others] = sequences.map(lossOf) as [Tensor[], ...Tensor[][]];
    for (const ours of others) {
      for (const [at, gradient] of expected.entries()) {
        expect(await relativeDistance(ours[at] as Tensor, gradient), `gradient ${at}`).toBeLessThan(1e-4);
      }
    }
    const [plain, ours] = [run(sequences[0], tensors), run(sequences[2], tensors)];
    expect(Object.keys(ours.state).sort()).toEqual(Object.keys(plain.state).sort());
    expect(ours.state['1.attention.calls']).toBe(5);
    const memories = [ours, plain].map(({ state }) => state['2.attention.memory'] as Tensor) as [Tensor, Tensor];
    expect(await relativeDistance(...memories)).toBeLessThan(1e-5);
    expect(await leaked(() => lossOf(sequences[1]))).toEqual({ tensors: 0, buffers: 0 });
  });

  it('chains: streams are started from one and read as their mean', async () => {
    const blocks = stack([['tanh', 'gelu']], width);
    const model = chain({
      embed: linear({ inFeatures: 4, outFeatures: width }),
      start: duplicateStreams(),
      layers: residual(recomputedLayer(reversibleSequence(blocks))),
      mean: averageStreams(),
      norm: layerNorm({ width }),
    });
    const parameters = model.init(createKey(1));
    expect(Object.keys(parameters).filter((name) => name.startsWith('layers.0.g'))).toContain('layers.0.g.feed.inner.weight');
    const x = normal(createKey(2), [3, 4]);
    const found = model.apply(parameters, x);
    expect(found.shape).toEqual([3, width]);
    // By hand: the residual sum of two equal streams with what the blocks make of them, halved.
    const part = (name: string): Parameters =>
      Object.fromEntries(
        Object.entries(parameters).flatMap(([each, tensor]) => (each.startsWith(name) ? [[each.slice(name.length), tensor]] : [])),
      );
    const embedded = linear({ inFeatures: 4, outFeatures: width }).apply(part('embed.'), x);
    const { x1, x2 } = halves(plainSequence(blocks).apply(part('layers.'), concat([embedded, embedded], -1)));
    const expected = layerNorm({ width }).apply(part('norm.'), add(embedded, mul(add(x1, x2), 0.5)));
    expect(await relativeDistance(found, expected)).toBeLessThan(1e-5);
  });

  it('sums the gradients of a parameter that stands under several names', async () => {
    const blocks = stack(new Array(2).fill(['tanh', 'tanh']), width);
    const single = (blocks[0] as PlainBlock).f.init(createKey(1));
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
    const { f, g } = blocks[0] as PlainBlock;
    const nested = reversibleSequence([{ f: recomputedLayer(f), g }]);
    const around = (apply: typeof nested.apply) => (p: Parameters, x: Tensor) => {
      const { x1, x2 } = halves(x);
      const middle = halves(apply(p, concat([square(x1), add(x2, x1)], -1)));
      return concat([square(middle.x1), mul(middle.x2, x2)], -1);
    };
    const parameters = nested.init(createKey(1));
    const ours = gradientsOf(around(nested.apply), parameters, streams(shape)).gradients;
    const plain = gradientsOf(around(plainSequence(blocks).apply), parameters, streams(shape)).gradients;
    for (const [name, gradient] of Object.entries(plain))
      expect(await relativeDistance(ours[name] as Tensor, gradient), name).toBeLessThan(1e-4);
  });

  const many = effort(6, 100);
  it(`leaves no tensors behind: forward, over ${many} training steps, after a throw in either pass, and measuring the error`, async () => {
    const sequence = reversibleSequence(stack(new Array(2).fill(['tanh', 'chunked']), width), { keepEvery: 1 });
    const parameters = sequence.init(createKey(1));
    const inputs = streams(shape);
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => sequence.apply(parameters, inputs, training(createKey(1))))).toEqual(none);
    expect(
      await leaked(() => {
        for (let step = 0; step < many; step++) {
          const { loss, gradients } = gradientsOf((p, x) => sequence.apply(p, x, training(createKey(step))), parameters, inputs);
          dispose([loss, { ...gradients }]);
        }
        return [];
      }),
    ).toEqual(none);
    await leaked(async () => {
      await sequence.reconstructionError(parameters, inputs);
      return [];
    }).then((found) => expect(found).toEqual(none));
    let runs = 0;
    const failing = (from: number): Layer =>
      plainLayer('failing', (x) => {
        const doubled = mul(x, square(x));
        if (++runs >= from) throw new Error('the branch fails');
        return doubled;
      });
    const plain = plainLayer('plain', square);
    for (const from of [1, 2]) {
      runs = 0;
      const fragile = reversibleSequence([{ f: plain, g: failing(from) }]);
      const both = () => gradientsOf((p, x) => fragile.apply(p, x), {}, inputs);
      if (from === 1) expect(await leaked(() => fragile.apply({}, inputs))).toEqual(none);
      else expect(both).toThrow('the branch fails');
      runs = 0;
      const after = gradientsOf((p, x) => sequence.apply(p, x), parameters, inputs);
      expect(Object.keys(after.gradients).length).toBeGreaterThan(2); // tfjs can still differentiate
    }
  });
});

onTrainingBackends('reversibleSequence', () => {
  it('trains: some steps of descent towards a random target take the loss below a quarter', async () => {
    const sequence = reversibleSequence(stack(new Array(4).fill(['gelu', 'tanh']), width));
    const drawn = sequence.init(createKey('training'));
    const variables = Object.fromEntries(Object.entries(drawn).map(([name, tensor]) => [name, variable(tensor)]));
    const [inputs, target] = [streams(shape), streams(shape, 'target')];
    const losses: number[] = [];
    for (let step = 0; step < 60; step++) {
      const { value, grads } = variableGrads(() =>
        tidy(() => {
          return reshape(sum(square(sub(sequence.apply(variables, inputs), target))), []);
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

onFewerBackends('memory', () => {
  it('of a training step does not grow with depth beside parameters, while that of kept activations does', async () => {
    const inputs = streams([1, 256, 32]);
    const peak = async (depth: number, sequenceOf: (blocks: readonly PlainBlock[]) => Layer): Promise<number> => {
      const sequence = sequenceOf(stack(new Array(depth).fill(['gelu', 'gelu']), 32));
      const parameters = sequence.init(createKey(1));
      const weight = Object.values(parameters).reduce((bytes, { size }) => bytes + 4 * size, 0);
      const before = memory().numBytes;
      const { peakBytes } = await profile(() => {
        const { loss, gradients } = gradientsOf(sequence.apply, parameters, inputs);
        return [loss, ...Object.values(gradients)];
      });
      disposeParameters(parameters);
      return peakBytes - before - 2 * weight; // saved copies and gradients
    };
    const [shallow, deep] = [await peak(2, reversibleSequence), await peak(16, reversibleSequence)];
    expect(deep / shallow).toBeLessThan(1.15);
    expect((await peak(32, plainSequence)) / (await peak(2, plainSequence))).toBeGreaterThan(4);
  });
});

describe('reconstructionError', () => {
  beforeAll(() => withBackend('cpu'));

  it('is that of rounding, grows with depth, and is bounded by keepEvery', async () => {
    const blocks = stack(new Array(12).fill(['gelu', 'tanh']), width);
    const inputs = streams(shape);
    const parameters = reversibleSequence(blocks).init(createKey(1));
    const all = await reversibleSequence(blocks).reconstructionError(parameters, inputs);
    expect(all.map(({ block }) => block)).toEqual(Array.from({ length: 12 }, (_, at) => at));
    for (const { x1, x2 } of all) expect(Math.max(x1, x2)).toBeLessThan(1e-5);
    expect(all[0]?.x1).toBeGreaterThan(0);
    expect(all[0]?.x1 as number).toBeGreaterThan(all[11]?.x1 as number);
    const kept = await reversibleSequence(blocks, { keepEvery: 3 }).reconstructionError(parameters, inputs);
    expect(kept[0]?.x1 as number).toBeLessThan(all[0]?.x1 as number);
  });
});

describe('errors', () => {
  beforeAll(() => withBackend('cpu'));

  const half = plainLayer('half', (x) => mul(x, 0.5));

  it('name a block that is not a pair', () => {
    expect(() => reversibleSequence([{ f: half, g: half }, { f: half }])).toThrow(
      [
        'reversibleSequence: every block must be a record of two layers.',
        '  expected  one or more records of two layers, F and G: { attention, feedForward }',
        '  got       { f } (block 1)',
        '  remedy    put the attention first and the feed-forward layer second.',
      ].join('\n'),
    );
  });

  it('name streams of odd width, a branch that changes the shape, an invalid keepEvery, and an unknown name of the context', () => {
    const sequence = reversibleSequence([{ f: half, g: plainLayer('sum', (x) => sum(neg(x), 0)) }]);
    expect(() => sequence.apply({}, tensor1d([1, 2, 3]))).toThrow(
      [
        'reversibleSequence: x must hold two streams of one width along its last axis.',
        '  expected  [..., 2 · width], float32',
        '  got       [3], float32',
        '  remedy    put duplicateStreams() before the blocks, or concat([x1, x2], -1).',
      ].join('\n'),
    );
    expect(() => sequence.apply({}, streams([2, 3]))).toThrow('0.g must keep the shape of a stream');
    expect(() => reversibleSequence([{ f: half, g: half }], { keepEvery: 0 })).toThrow('keepEvery must be an integer of at least 1');
    const misspelt = { training: false, trainnig: true };
    expect(() => sequence.apply({}, streams([2, 3]), misspelt)).toThrow('did you mean training?');
  });
});
