import {
  chain,
  createKey,
  disposeParameters,
  type Layer,
  type LayerContext,
  type LayerOutput,
  type LayerState,
  linear,
  type Parameters,
  residual,
} from '@longspan/core-tensor';
import { hiddenOf, stateOf, tensorsOfContext, withContextTensors } from '@longspan/core-tensor/layer';
import { plainSequence, recomputedLayer, reversibleSequence } from '@longspan/reversible';
import { expectClose, onBackends, withBackend } from '@longspan/tooling/expect';
import { add, dispose, grads, mul, sum, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adaptiveEmbedding,
  adaptiveSoftmax,
  distanceEncodings,
  memoryAttention,
  positionwiseFeedForward,
  relativeAttention,
  segmentRecurrence,
  zeroMemory,
} from '../src/index.ts';
import { hiddenOf as drawn, ids } from './small-model.ts';

const sizes = { width: 6, heads: 2, headDim: 5, blockSize: 4, attentionDropout: 0.2 };
const remembering = { ...sizes, memoryLength: 5, hiddenDropout: 0.2 };
const clusters = { vocabulary: 19, width: 6, embeddingWidth: 8, cutoffs: [3, 8], widthDivisor: 2 };
const training = { training: true, key: createKey('step') };
const encodings = (): Tensor => distanceEncodings({ width: 6, distances: 12 });
const words = (): Tensor => ids([[0, 18, 5, 2, 7, 7, 12]]);
const targets = [18, 5, 2, 7, 7, 12, 1];

interface Case {
  readonly layer: Layer<LayerContext, LayerOutput>;
  readonly x: Tensor;
  /** The context, and the state in it. */
  readonly context: LayerContext;
}

/** Whatever its context is; the cases give what it needs. */
const any = (layer: object): Case['layer'] => layer as Case['layer'];
const tokens = (): Tensor => drawn('x', [1, 7, 6]);
const memory = (layer: { readonly states: readonly string[] }): LayerState => {
  const zeros = zeroMemory(layer, { batch: 1, length: 4, width: 6 });
  return withContextTensors(
    zeros,
    tensorsOfContext(zeros).map((_, at) => drawn(`memory ${at}`, [1, 4, 6])),
  );
};

const cases: Readonly<Record<string, () => Case>> = {
  relativeAttention: () => ({
    layer: any(relativeAttention(sizes)),
    x: tokens(),
    context: { ...training, r: encodings(), memory: drawn('memory', [1, 4, 6]), memoryLengths: [3] } as LayerContext,
  }),
  'relativeAttention with shared biases': () => ({
    layer: any(relativeAttention({ ...sizes, sharedBiases: true })),
    x: tokens(),
    context: { ...training, biases: { u: drawn('u', [2, 5]), v: drawn('v', [2, 5]) } } as LayerContext,
  }),
  memoryAttention: () => {
    const layer = memoryAttention({ ...remembering, normalization: 'pre' });
    return { layer: any(layer), x: tokens(), context: { ...training, r: encodings(), state: memory(layer) } as LayerContext };
  },
  positionwiseFeedForward: () => ({
    layer: any(positionwiseFeedForward({ width: 6, innerWidth: 9, hiddenDropout: 0.2 })),
    x: tokens(),
    context: training,
  }),
  segmentRecurrence: () => {
    const layer = segmentRecurrence({ ...remembering, layers: 2, innerWidth: 7, sharedBiases: true });
    return { layer: any(layer), x: tokens(), context: { ...training, state: memory(layer) } };
  },
  adaptiveEmbedding: () => ({ layer: any(adaptiveEmbedding(clusters)), x: words(), context: training }),
  adaptiveSoftmax: () => ({
    layer: any(adaptiveSoftmax({ ...clusters, tiedTables: true, tiedProjections: [true, true, true] })),
    x: tokens(),
    context: { targets, embedding: adaptiveEmbedding(clusters).init(createKey(3)) } as LayerContext,
  }),
  'segmentRecurrence with an embedding, from zeros': () => {
    const embedding = adaptiveEmbedding(clusters);
    const layer = segmentRecurrence({ ...remembering, layers: 2, innerWidth: 7, embedding, memoryStart: 'zeros' });
    return { layer: any(layer), x: words(), context: { ...training, hiddenStates: true } as LayerContext };
  },
};

const lively = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, each]) => [name, name.includes('norm') ? each : mul(each, 20)]));

/** Gradients of x, the parameters and all tensors of the context, of what random cotangents read from the result and its state. */
function gradientsOf({ x, context }: Omit<Case, 'layer'>, layer: Case['layer'], parameters: Parameters): readonly Tensor[] {
  const names = Object.keys(parameters);
  const inputs = [x, ...Object.values(parameters), ...tensorsOfContext(context)].filter(({ dtype }) => dtype === 'float32');
  return grads((...given: Tensor[]) => {
    const rest = [...given];
    const again = x.dtype === 'float32' ? (rest.shift() as Tensor) : x;
    const own = Object.fromEntries(names.map((name) => [name, rest.shift() as Tensor]));
    const found = layer.apply(own, again, withContextTensors(context, rest));
    return [hiddenOf(found), ...tensorsOfContext(stateOf(found))]
      .map((each, at) => sum(mul(each, drawn(`cotangent ${at}`, each.shape))))
      .reduce((a, b) => add(a, b));
  })(inputs);
}

async function expectSame(ours: readonly Tensor[], expected: readonly Tensor[]): Promise<void> {
  expect(ours.length).toBe(expected.length);
  for (const [at, gradient] of expected.entries()) {
    expectClose(await (ours[at] as Tensor).data(), await gradient.data(), { atol: 2e-5, rtol: 2e-4 }, `gradient ${at}`);
  }
}

onBackends('in a composition', () => {
  it.each(Object.keys(cases))('%s, recomputed, has the gradients of the layer: of x, parameters, context and state', async (name) => {
    const { layer, ...given } = (cases[name] as () => Case)();
    const parameters = lively(layer.init(createKey(1)));
    await expectSame(gradientsOf(given, recomputedLayer(layer), parameters), gradientsOf(given, layer, parameters));
    disposeParameters(parameters);
  });

  it('each layer of a recurrence can be recomputed on its own', async () => {
    const config = { ...remembering, layers: 2, innerWidth: 7 };
    const [plain, wrapped] = [segmentRecurrence(config), segmentRecurrence({ ...config, wrapLayer: recomputedLayer })];
    const given = { x: tokens(), context: { ...training, state: memory(plain) } };
    const parameters = lively(plain.init(createKey(1)));
    expect(Object.keys(wrapped.spec)).toEqual(Object.keys(plain.spec));
    await expectSame(gradientsOf(given, any(wrapped), parameters), gradientsOf(given, any(plain), parameters));
  });

  it('memoryAttention is a branch of a reversible block, with its memory as state', async () => {
    const blocks = Array.from({ length: 2 }, () => ({
      attention: memoryAttention({ ...remembering, normalization: 'pre' }),
      feedForward: positionwiseFeedForward({ width: 6, innerWidth: 9, normalization: 'pre' }),
    }));
    const [plain, reversible] = [plainSequence(blocks), reversibleSequence(blocks)];
    expect(reversible.states).toEqual(['0.attention.memory', '0.attention.lengths.row', '1.attention.memory', '1.attention.lengths.row']);
    const given = { x: drawn('streams', [1, 7, 12]), context: { ...training, r: encodings(), state: memory(plain) } as LayerContext };
    const parameters = lively(plain.init(createKey(1)));
    await expectSame(gradientsOf(given, any(reversible), parameters), gradientsOf(given, any(plain), parameters));
  });

  it('layers that keep the shape stand in residual and chain, their memories under dotted names', async () => {
    const layer = memoryAttention({ ...sizes, memoryLength: 3 });
    const model = chain({
      first: linear({ inFeatures: 6, outFeatures: 6 }),
      inner: residual(layer),
      last: positionwiseFeedForward({ width: 6, innerWidth: 7 }),
    });
    const parameters = model.init(createKey(1));
    const one = model.apply(parameters, tokens());
    expect(Object.keys(one.state)).toEqual(['inner.memory', 'inner.lengths.0']);
    const two = model.apply(parameters, tokens(), { state: one.state });
    expect(await two.hidden.data()).not.toEqual(await one.hidden.data());
    const under = (prefix: string): Parameters =>
      Object.fromEntries(
        Object.entries(parameters).flatMap(([name, each]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), each]] : [])),
      );
    const inner = linear({ inFeatures: 6, outFeatures: 6 }).apply(under('first.'), tokens());
    const state = { memory: one.state['inner.memory'] as Tensor, 'lengths.0': 3 };
    const attended = add(inner, layer.apply(under('inner.'), inner, { state }).hidden);
    const expected = positionwiseFeedForward({ width: 6, innerWidth: 7 }).apply(under('last.'), attended);
    expectClose(await two.hidden.data(), await expected.data(), { atol: 1e-6, rtol: 1e-5 });
  });
});

describe('a context', () => {
  beforeAll(() => withBackend('cpu'));

  it.each(Object.keys(cases))('of %s rejects unknown names', (name) => {
    const { layer, x, context } = (cases[name] as () => Case)();
    expect(() => layer.apply(layer.init(createKey(1)), x, { ...context, trainnig: true } as LayerContext)).toThrow(
      'did you mean training?',
    );
  });

  it('what a layer provides to its parts is not a name of its context', () => {
    const shared = { ...remembering, layers: 2, innerWidth: 7, sharedBiases: true };
    const stack = segmentRecurrence(shared);
    expect(stack.reads).toEqual(['r', 'hiddenStates']);
    const biases = { u: drawn('u', [2, 5]), v: drawn('v', [2, 5]) };
    const [parameters, x] = [stack.init(createKey(1)), tokens()];
    expect(() => stack.apply(parameters, x, { biases } as LayerContext)).toThrow('expected  training, key, state, r, hiddenStates');
    dispose([biases, parameters, x]);
  });
});
