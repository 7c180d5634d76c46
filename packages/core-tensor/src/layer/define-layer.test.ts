import { leaked, onBackends, withBackend } from '@longspan/tooling/expect';
import { add, clone, grads, mul, scalar, slice, sum, type Tensor, tensor1d, tensor2d, zeros, zerosLike } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, ShapeError } from '../error/index.ts';
import { createKey } from '../key/index.ts';
import { normal } from '../tensor/random.ts';
import { chain } from './chain.ts';
import { defineLayer } from './define-layer.ts';
import { dropout } from './dropout.ts';
import type { Layer, LayerContext, StatefulResult } from './layer.ts';
import { linear } from './linear.ts';
import type { Parameters } from './parameters.ts';
import { residual } from './residual.ts';

interface Shifted extends LayerContext {
  readonly shift: Tensor;
}
interface Counting extends LayerContext {
  readonly from?: number | undefined;
}

/** x + context.shift */
const shifted = () => defineLayer({ name: 'shifted', reads: ['shift'], run: (_, x, { shift }: Shifted) => add(x, shift) });

/** The running sum of all x so far, as state. */
const running = (): Layer<Counting, StatefulResult> =>
  defineLayer({
    name: 'running',
    reads: ['from'],
    states: ['total'],
    run({ state }, x, { from = 0 }: Counting) {
      const before = state.find('total') as Tensor | undefined;
      const hidden = before === undefined ? add(x, from) : add(x, before);
      return { hidden, state: { total: clone(hidden) } };
    },
  });

const sound = linear({ inFeatures: 3, outFeatures: 3 });

onBackends('defineLayer', () => {
  it('hands its function the parts, bound, and parameters of its own', async () => {
    const layer = defineLayer({
      name: 'scaled',
      spec: { gain: { shape: [1], draw: { kind: 'ones' }, decay: false } },
      parts: { first: linear({ inFeatures: 2, outFeatures: 3 }), second: linear({ inFeatures: 3, outFeatures: 1, bias: false }) },
      run: ({ parts, parameters }, x) => mul(parts.second(parts.first(x)), parameters.get('gain')),
    });
    expect(Object.keys(layer.spec)).toEqual(['gain', 'first.weight', 'first.bias', 'second.weight']);
    const parameters = {
      gain: tensor1d([10]),
      'first.weight': tensor2d([
        [1, 0],
        [0, 1],
        [1, 1],
      ]), // prettier-ignore
      'first.bias': tensor1d([0, 0, 1]),
      'second.weight': tensor2d([[1, 2, 3]]),
    };
    // [1, 2] -> [1, 2, 4] -> 17 -> 170
    expect(Array.from(await layer.apply(parameters, tensor2d([[1, 2]])).data())).toEqual([170]);
  });

  it('a chain takes layers that read the context, and hands it on', async () => {
    const layers = chain({ once: shifted(), twice: residual(shifted()) });
    expect(layers.reads).toEqual(['shift']);
    // (x + 1) + (x + 1 + 1)
    expect(Array.from(await layers.apply({}, tensor1d([5]), { shift: scalar(1) }).data())).toEqual([13]);
  });

  it('state of parts comes out, and goes in again, under their dotted names', async () => {
    const layers = chain({ a: running(), inner: chain({ b: residual(running()), plain: sound }) });
    expect(layers.states).toEqual(['a.total', 'inner.b.total']);
    const parameters = {
      'inner.plain.weight': tensor2d([
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ]),
      'inner.plain.bias': zeros([3]),
    }; // prettier-ignore
    const x = tensor2d([[1, 2, 3]]);
    const one = layers.apply(parameters, x);
    expect(Object.keys(one.state).sort()).toEqual(['a.total', 'inner.b.total']);
    expect(Array.from(await one.hidden.data())).toEqual([2, 4, 6]);
    const two = layers.apply(parameters, x, { state: one.state });
    // a: 1 + 1; b: 2 + (2 + 1), as its sum of before was 1
    expect(Array.from(await two.hidden.data())).toEqual([5, 10, 15]);
    expect(Array.from(await (two.state['inner.b.total'] as Tensor).data())).toEqual([3, 6, 9]);
  });

  it('gradients flow to x, parameters and tensors of the context', async () => {
    const layers = chain({ project: sound, shift: residual(shifted()) });
    const parameters = layers.init(createKey(1));
    const [x, shift, cotangent] = [1, 2, 3].map((seed) => normal(createKey(seed), [2, 3])) as [Tensor, Tensor, Tensor];
    const [, dShift] = grads((given: Tensor, moved: Tensor) => sum(mul(layers.apply(parameters, given, { shift: moved }), cotangent)))([
      x,
      shift,
    ]) as [Tensor, Tensor];
    expect(Array.from(await dShift.data())).toEqual(Array.from(await cotangent.data()));
  });

  it('leaks nothing: forward, with state, backward, and when a check throws under the tape', async () => {
    const layers = chain({ a: running(), project: sound, b: residual(running()) });
    const parameters = layers.init(createKey(1));
    const x = normal(createKey(2), [2, 3]);
    const none = { tensors: 0, buffers: 0 };
    const { 'project.bias': _, ...incomplete } = parameters;
    expect(await leaked(() => layers.apply(parameters, x) as object as Record<string, Tensor>)).toEqual(none);
    expect(await leaked(() => grads((given: Tensor) => sum(layers.apply(parameters, given).hidden))([x]))).toEqual(none);
    expect(await leaked(() => grads((given: Tensor) => sum(layers.apply(incomplete, given).hidden))([x]))).toEqual(none);
  });
});

describe('a layer', () => {
  const model = chain({ norm: sound, block: residual(chain({ drop: dropout({ rate: 0.5 }), move: shifted() })), count: running() });
  let parameters: Parameters;
  let x: Tensor;
  let shift: Tensor;
  beforeAll(async () => {
    await withBackend('cpu');
    [parameters, x, shift] = [model.init(createKey(1)), normal(createKey(2), [2, 3]), scalar(1)];
  });

  it('draws each parameter from the key folded by its dotted name, whatever else there is', async () => {
    const alone = chain({ norm: sound }).init(createKey(1));
    expect(await parameters['norm.weight']?.data()).toEqual(await alone['norm.weight']?.data());
    expect(await parameters['norm.weight']?.data()).not.toEqual(await sound.init(createKey(1))['weight']?.data());
  });

  it('names itself and the whole dotted name of a parameter that is missing', () => {
    const { 'norm.bias': _, ...rest } = parameters;
    expect(() => model.apply({ ...rest, 'norm.bais': zeros([3]) }, x, { shift })).toThrow(
      new ConfigError({
        caller: 'chain',
        problem: 'the parameter norm.bias must be given.',
        expected: 'a tensor under norm.bias',
        got: 'norm.bais, norm.weight',
        remedy: 'give the record of init(key), or of a checkpoint of this family below its prefix: scoped(prefix, parameters).',
      }),
    );
  });

  it('names a parameter of another shape', () => {
    expect(() => model.apply({ ...parameters, 'norm.weight': zeros([3, 2]) }, x, { shift })).toThrow(
      new ShapeError({
        caller: 'chain',
        problem: 'the parameter norm.weight must have the shape that the layer was made with.',
        expected: '[3, 3]',
        got: '[3, 2]',
        remedy: 'load the parameters of a layer with the same sizes, or make the layer with the sizes of the checkpoint.',
      }),
    );
  });

  it('rejects a name of the context that no part declares, with the nearest', () => {
    const misspelt = { shift, shfit: shift };
    expect(() => model.apply(parameters, x, misspelt)).toThrow(
      new ConfigError({
        caller: 'chain',
        problem: 'every name of the context must be one that the layer or a part of it reads.',
        expected: 'training, key, state, shift, from',
        got: 'shfit',
        remedy: 'did you mean shift? Else leave shfit out.',
      }),
    );
    const unasked = { state: {} };
    expect(() => sound.apply(sound.init(createKey(0)), x, unasked)).toThrow('expected  training, key\n');
  });

  it.each([
    [
      'attention_mask',
      'padding',
      'write padding: padding(rows), rows being those of the mask: [[1, 1, 0]]. Else leave attention_mask out.',
    ],
    ['attentionMask', 'padding', 'write padding: padding(rows)'],
    ['attention_mask', 'attention', 'did you mean attention? Else leave attention_mask out.'],
    ['token_type_ids', 'tokenTypes', 'write tokenTypes: a tensor of the same numbers.'],
    ['position_ids', 'positions', 'write positions: a tensor of the same numbers.'],
    ['inputIds', 'padding', 'write apply(parameters, ids, context): the ids are x.'],
  ])('knows %s, as Hugging Face calls it, where %s is read', (name, read, remedy) => {
    const reader = defineLayer({ name: 'reader', spec: {}, reads: [read], run: (_, from) => from });
    const context = { [name]: [[1]] };
    expect(() => reader.apply({}, x, context as never)).toThrow(`remedy    ${remedy}`);
  });

  it('rejects a state that it did not give', () => {
    expect(() => model.apply(parameters, x, { shift, state: { 'count.totl': shift } })).toThrow(
      /expected {2}count\.total\n {2}got {7}count\.totl/,
    );
  });

  it('requires a key before its first operation, however deep the dropout is', () => {
    expect(() => model.apply(parameters, x, { shift, training: true })).toThrow('chain: training with dropout needs a key.');
  });

  it('rejects part names that are empty or the beginning of another', () => {
    expect(() => chain({ a: sound, 'a.b': sound })).toThrow(/must be non-empty and unique up to a dot/);
    expect(() => chain({ '': sound })).toThrow(/must be non-empty/);
    expect(Object.keys(chain({ 'a.b': sound, 'a.bc': sound }).spec)).toEqual(['a.b.weight', 'a.b.bias', 'a.bc.weight', 'a.bc.bias']);
  });

  it('refuses a name that a definition does not have, which would be ignored', () => {
    const misspelt = {
      name: 'gain',
      specs: { weight: { shape: [1], draw: { kind: 'ones' }, decay: false } },
      run: (_: object, x: Tensor) => x,
    };
    expect(() => defineLayer(misspelt)).toThrow(
      new ConfigError({
        caller: 'defineLayer',
        problem: 'every option must be one of those that defineLayer knows.',
        expected: 'name, spec, parts, reads, provides, states, replays, attentions, check, checkContext, run',
        got: 'specs',
        remedy: 'did you mean spec? Else leave specs out.',
      }),
    );
  });

  it.each([
    ['ones', '"ones" (weight)', "write draw: { kind: 'ones' }."],
    [
      { kind: 'gaussian' },
      '{"kind":"gaussian"} (weight)',
      "write draw: { kind: 'fanIn' }, PyTorch's for a dense weight, or another of them.",
    ],
    [undefined, 'undefined (weight)', "write draw: { kind: 'fanIn' }, PyTorch's for a dense weight, or another of them."],
  ])('refuses the draw %j, which would make no tensor', (draw, got, remedy) => {
    const spec = { weight: { shape: [1], draw: draw as never, decay: false } };
    expect(() => defineLayer({ name: 'gain', spec, run: (_, x: Tensor) => x })).toThrow(
      new ConfigError({
        caller: 'gain',
        problem: 'the draw of a parameter must be of a kind that is known.',
        expected: '{ kind } with one of zeros, ones, constant, uniform, fanIn, normal',
        got,
        remedy,
      }),
    );
  });

  it('has a context whose type is the sum of what its parts need', () => {
    const types = () => {
      model.apply(parameters, x, { shift, from: 3 }) satisfies StatefulResult;
      chain({ a: sound }).apply(parameters, x) satisfies Tensor;
      // @ts-expect-error a part needs the shift
      model.apply(parameters, x, { from: 3 });
      // @ts-expect-error a part needs the shift
      model.apply(parameters, x);
      // @ts-expect-error a misspelt name
      model.apply(parameters, x, { shift, form: 3 });
      // @ts-expect-error a number, not a tensor
      model.apply(parameters, x, { shift: 3 });
    };
    expect(types).toBeTypeOf('function');
  });

  it('its part is given more context by the layer than it was given itself', async () => {
    const layer = defineLayer({
      name: 'outer',
      parts: { move: shifted() },
      run: ({ parts }, given: Tensor) => parts.move(given, { shift: slice(given, [0], [1]) }),
    });
    expect(Array.from(await layer.apply({}, tensor1d([3, 4]), { shift }).data())).toEqual([6, 7]);
  });

  it('a name of the context that it provides to its parts is not one that it reads', async () => {
    const layer = defineLayer({
      name: 'provider',
      parts: { move: shifted(), count: running() },
      provides: ['shift'],
      run: ({ parts }, given: Tensor) => parts.move(given, { shift: scalar(2) }),
    });
    expect(layer.reads).toEqual(['from']);
    expect(Array.from(await layer.apply({}, tensor1d([3, 4])).hidden.data())).toEqual([5, 6]);
    // @ts-expect-error nobody gives it what it provides
    expect(() => layer.apply({}, tensor1d([3, 4]), { shift })).toThrow('expected  training, key, state, from\n');
  });
});

describe("what a layer's run gives", () => {
  beforeAll(() => withBackend('cpu'));
  const odd = (run: (_: unknown, x: Tensor) => unknown): Layer => defineLayer({ name: 'odd', run: run as () => Tensor });
  const x = (): Tensor => tensor1d([1, 2]);
  const rule = "odd: the layer's run must give a tensor, or { hidden, … } with one.";

  it.each<[string, (_: unknown, x: Tensor) => unknown, string]>([
    ['nothing', () => undefined, 'return what was computed.'],
    ['a number', () => 5, 'return what was computed.'],
    ['a list', () => [x()], 'return what was computed.'],
    ['a record without hidden', () => ({ out: x() }), 'return what was computed.'],
    ['a promise', async (_, given) => given, 'leave async and await out'],
    ['a state that it does not name', (_, given) => ({ hidden: clone(given), state: { foo: clone(given) } }), 'state.foo'],
    ['a state that is a text', (_, given) => ({ hidden: clone(given), state: 'a' }), 'state'],
  ])('%s: is named, alone and within another layer', (_, run, remedy) => {
    expect(() => odd(run).apply({}, x())).toThrow(rule);
    expect(() => odd(run).apply({}, x())).toThrow(remedy);
    expect(() => chain({ a: odd(run), b: odd((_own, given) => clone(given)) }).apply({}, x())).toThrow(rule);
  });

  it('a tensor that it has disposed is named', () => {
    const gone = (_: unknown, given: Tensor): Tensor => {
      const copy = clone(given);
      copy.dispose();
      return copy;
    };
    expect(() => odd(gone).apply({}, x())).toThrow('a tensor that was disposed');
    const taking = (_: unknown, given: Tensor): Tensor => {
      const copy = zerosLike(given);
      given.dispose();
      return copy;
    };
    for (const layer of [odd(taking), residual(odd(taking)), chain({ a: odd(taking) })])
      expect(() => layer.apply({}, x())).toThrow("the layer's run must leave its input to the caller.");
  });

  it('may hand on the state of a part that did not run', async () => {
    const skipping = defineLayer({
      name: 'skipping',
      parts: { count: running() },
      run: ({ state }, given: Tensor) => ({
        hidden: clone(given),
        state: { 'count.total': (state.find('count.total') as Tensor | undefined) ?? scalar(5) },
      }),
    });
    const { state } = skipping.apply({}, x()) as unknown as StatefulResult;
    expect(Object.keys(state)).toEqual(['count.total']);
    expect([...(await (skipping.apply({}, x(), { state } as never) as unknown as StatefulResult).hidden.data())]).toEqual([1, 2]);
  });

  it('draws as it was written, whatever becomes of the record', async () => {
    const draw = { kind: 'ones' as string };
    const layer = defineLayer({
      name: 'drawn',
      spec: { weight: { shape: [1], draw: draw as { kind: 'ones' }, decay: false } },
      run: (_, given: Tensor) => clone(given),
    });
    draw.kind = 'zeros';
    expect([...((await layer.init(createKey(1))['weight']?.data()) ?? [])]).toEqual([1]);
  });
});
