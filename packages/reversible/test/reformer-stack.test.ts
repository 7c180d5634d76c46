import { reformerAttention, reformerLocalAttention } from '@longspan/attention-lsh';
import { chain, createKey, feedForward, type LayerState, layerNorm, normal, type Parameters, padding } from '@longspan/core-tensor';
import { leaked, onFewerBackends } from '@longspan/tooling/expect';
import { grads, mul, type Scalar, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { duplicateStreams, plainSequence, recomputedLayer, reversibleSequence } from '../src/index.ts';
import { relativeDistance } from './stacks.ts';

const [width, length] = [8, 22];
const sizes = { width, heads: 2, chunkLength: 4, causal: true, attentionDropout: 0.2 };

/** Reformer's blocks: hashed attention and attention within chunks in turn. */
const blocks = () =>
  Array.from({ length: 4 }, (_, at) => ({
    attention: chain({ norm: layerNorm({ width }), self: at % 2 === 0 ? reformerAttention({ ...sizes, rounds: 2 }) : local() }),
    feedForward: chain({ norm: layerNorm({ width }), inner: feedForward({ width, innerWidth: 12, chunkLength: 5 }) }),
  }));
const local = () => reformerLocalAttention(sizes);

const model = (layers: ReturnType<typeof plainSequence<ReturnType<typeof blocks>>>) => chain({ start: duplicateStreams(), layers });
const [plain, reversible, ends] = [
  model(plainSequence(blocks())),
  model(reversibleSequence(blocks())),
  model(reversibleSequence(blocks(), { keepEvery: 1 })),
];
const context = {
  training: true,
  key: createKey('step'),
  padding: padding([0, 1].map((row) => Array.from({ length }, (_, at) => (at < length - 3 * row ? 1 : 0)))),
};

onFewerBackends("Reformer's stack", () => {
  const x = () => normal(createKey('x'), [2, length, width]);
  const lossOf = (of: typeof plain, parameters: Parameters, given: Tensor, state?: LayerState): Scalar =>
    tidy(() => sum(mul(of.apply(parameters, given, { ...context, state }).hidden, normal(createKey('cotangent'), [2, length, 2 * width]))));
  const gradientsOf = (of: typeof plain, parameters: Parameters, state?: LayerState, input: Tensor = x()): Tensor[] => {
    const names = Object.keys(parameters);
    return grads((given: Tensor, ...own: Tensor[]) =>
      lossOf(of, Object.fromEntries(names.map((name, at) => [name, own[at] as Tensor])), given, state),
    )([input, ...Object.values(parameters)]);
  };

  it('has, reversible and recomputed, the gradients of the plain stack, with the same hashing, padding and dropout', async () => {
    const parameters = plain.init(createKey(1));
    const expected = gradientsOf(plain, parameters);
    for (const layer of [reversible, ends, recomputedLayer(plain), recomputedLayer(reversible)]) {
      const ours = gradientsOf(layer, parameters);
      for (const [at, gradient] of expected.entries()) {
        expect(await relativeDistance(ours[at] as Tensor, gradient), `gradient ${at}`).toBeLessThan(1e-4);
      }
    }
  });

  it('gives the buckets of each hashed layer by name, and takes them again', async () => {
    const parameters = plain.init(createKey(1));
    const first = reversible.apply(parameters, x(), context);
    expect(Object.keys(first.state)).toEqual(['layers.0.attention.self.buckets', 'layers.2.attention.self.buckets']);
    const other = { ...context, key: createKey('another step') };
    const free = reversible.apply(parameters, x(), other);
    const bound = reversible.apply(parameters, x(), { ...other, state: first.state });
    const numbers = async (state: LayerState) => Array.from(await (state['layers.2.attention.self.buckets'] as Tensor).data());
    expect(await numbers(bound.state)).toEqual(await numbers(first.state));
    expect(await numbers(free.state)).not.toEqual(await numbers(first.state));
    const [ours, expected] = [reversible, plain].map((of) => gradientsOf(of, parameters, first.state)) as [Tensor[], Tensor[]];
    for (const [at, gradient] of expected.entries()) {
      expect(await relativeDistance(ours[at] as Tensor, gradient), `gradient ${at}`).toBeLessThan(1e-4);
    }
  });

  it('leaves nothing behind', async () => {
    const parameters = plain.init(createKey(1));
    const input = x();
    expect(await leaked(() => gradientsOf(reversible, parameters, undefined, input))).toEqual({ tensors: 0, buffers: 0 });
  });
});
