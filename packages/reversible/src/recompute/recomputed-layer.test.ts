import {
  chain,
  createKey,
  defineLayer,
  feedForward,
  type LayerContext,
  linear,
  normal,
  type Parameters,
  packParameters,
  residual,
} from '@longspan/core-tensor';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { add, clone, grads, mul, sum, type Tensor, tanh } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { plainSequence, reversibleSequence } from '../index.ts';
import { recomputedLayer } from './recompute.ts';

interface Remembering extends LayerContext {
  /** Tensors deep within a record, as a memory or a list of encoder states is. */
  readonly encoder: { readonly states: readonly Tensor[]; readonly name: string };
}

/** tanh(x + encoder + what it read before), which becomes the state. */
const remembering = () =>
  defineLayer({
    name: 'remembering',
    reads: ['encoder'],
    states: ['memory', 'position'],
    run({ state }, x, { encoder }: Remembering) {
      const before = state.find('memory') as Tensor | undefined;
      const hidden = tanh(add(encoder.states.reduce(add, x), before ?? 0));
      return { hidden, state: { memory: clone(hidden), position: 3 } };
    },
  });

const plain = chain({ project: linear({ inFeatures: 4, outFeatures: 4 }), remember: residual(remembering()) });
const again = recomputedLayer(plain);
const inner = chain({ project: linear({ inFeatures: 4, outFeatures: 4 }), remember: recomputedLayer(residual(remembering())) });

onBackends('recomputedLayer', () => {
  const draw = (name: string): Tensor => normal(createKey(name), [3, 4]);
  const context = (one: Tensor, other: Tensor, memory: Tensor) => ({
    encoder: { states: [one, other], name: 'text' },
    state: { 'remember.memory': memory },
  });

  it.each([
    ['a whole chain', again],
    ['a part of it', inner],
  ])('%s gives the value, the state and all gradients of the layer itself: of x, parameters, context and state', async (_, layer) => {
    const parameters = plain.init(createKey(1));
    const names = Object.keys(parameters);
    const tensors = ['x', 'one', 'other', 'memory'].map(draw).concat(Object.values(parameters));
    const run = (of: typeof plain, [x, one, other, memory, ...own]: readonly Tensor[]) =>
      of.apply(
        Object.fromEntries(names.map((name, at) => [name, own[at] as Tensor])) as Parameters,
        x as Tensor,
        context(one as Tensor, other as Tensor, memory as Tensor),
      );
    const loss = (of: typeof plain, given: readonly Tensor[]) => {
      const { hidden, state } = run(of, given);
      return sum(add(mul(hidden, draw('cotangent')), mul(state['remember.memory'] as Tensor, draw('other cotangent'))));
    };
    const [expected, ours] = [plain, layer].map((of) => grads((...given: Tensor[]) => loss(of, given))(tensors)) as [Tensor[], Tensor[]];
    for (const [at, gradient] of expected.entries()) {
      expect((await gradient.data()).some((value) => value !== 0)).toBe(true);
      expectClose(await (ours[at] as Tensor).data(), await gradient.data(), { atol: 1e-6, rtol: 1e-5 });
    }
    const [value, twice] = [run(plain, tensors), run(layer, tensors)];
    expectClose(await twice.hidden.data(), await value.hidden.data(), { atol: 1e-6, rtol: 1e-5 });
    expect(twice.state['remember.position']).toBe(3);
    expectClose(await (twice.state['remember.memory'] as Tensor).data(), await (value.state['remember.memory'] as Tensor).data(), {
      atol: 1e-6,
      rtol: 1e-5,
    });
  });

  it('a tensor that stands twice in the output, as main result and as last state, has its gradient once', async () => {
    const listed = defineLayer({
      name: 'listed',
      run(_, x) {
        const first = tanh(x);
        const last = tanh(first);
        return { hidden: last, states: [first, last] };
      },
    });
    const loss = (of: typeof listed) => (x: Tensor) => {
      const { hidden, states } = of.apply({}, x);
      return sum(states.map((each) => mul(each, draw('cotangent'))).reduce((one, other) => add(one, other), mul(hidden, 3)));
    };
    const [expected, ours] = [listed, recomputedLayer(listed)].map((of) => grads(loss(of))([draw('x')])[0]) as [Tensor, Tensor];
    expectClose(await ours.data(), await expected.data(), { atol: 1e-6, rtol: 1e-5 });
  });

  it('leaks nothing, forward and backward', async () => {
    const parameters = plain.init(createKey(1));
    const [x, one, other, memory] = ['x', 'one', 'other', 'memory'].map(draw) as [Tensor, Tensor, Tensor, Tensor];
    const none = { tensors: 0, buffers: 0 };
    const tensorsOf = ({ hidden, state }: ReturnType<typeof again.apply>) => [hidden, state['remember.memory'] as Tensor];
    expect(await leaked(() => tensorsOf(again.apply(parameters, x, context(one, other, memory))))).toEqual(none);
    expect(
      await leaked(() => grads((given: Tensor) => sum(again.apply(parameters, given, context(one, other, memory)).hidden))([x])),
    ).toEqual(none);
  });
});

onBackends('packed weights', () => {
  const feed = () => feedForward({ width: 4, innerWidth: 6 });
  const packable = {
    'recomputed layers': [feed(), recomputedLayer(feed())],
    'reversible blocks': [plainSequence([{ f: feed(), g: feed() }]), reversibleSequence([{ f: feed(), g: feed() }])],
  } as const;

  it.each(
    Object.entries(packable).flatMap(([name, layers]) => (['float16', 'int8'] as const).map((kind) => [name, kind, layers] as const)),
  )('run through %s in %s, with the gradients of x and of biases', async (name, kind, [plain, again]) => {
    const parameters = await packParameters(plain, plain.init(createKey(1)), kind);
    const biases = Object.keys(plain.spec).filter((each) => each.endsWith('bias'));
    const x = normal(createKey('x'), name === 'reversible blocks' ? [3, 8] : [3, 4]);
    const loss =
      (layer: typeof plain | typeof again) =>
      (...[input, ...own]: Tensor[]) =>
        sum(
          mul(
            layer.apply({ ...parameters, ...Object.fromEntries(biases.map((each, at) => [each, own[at] as Tensor])) }, input as Tensor),
            x,
          ),
        );
    const given = [x, ...biases.map((each) => parameters[each] as Tensor)];
    const [expected, ours] = [plain, again].map((layer) => grads(loss(layer))(given)) as [Tensor[], Tensor[]];
    for (const [at, gradient] of expected.entries()) {
      expectClose(await (ours[at] as Tensor).data(), await gradient.data(), { atol: 1e-5, rtol: 1e-5 });
    }
    expectClose(await again.apply(parameters, x).data(), await plain.apply(parameters, x).data(), { atol: 1e-6, rtol: 1e-5 });
  });
});
