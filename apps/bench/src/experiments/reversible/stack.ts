import { type ReformerAttentionConfig, reformerAttention, reformerLocalAttention } from '@longspan/attention-lsh';
import {
  chain,
  embedding,
  feedForward,
  type Key,
  type Layer,
  layerNorm,
  learnedPositions,
  linear,
  type Parameters,
  residual,
  scoped,
} from '@longspan/core-tensor';
import { type ReversibleBlock, reversibleSequence } from '@longspan/reversible';
import { add, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { StackSize, TrainInput } from './input.ts';

/** Blocks of attention within chunks and those before, and of feed-forward layers that work on some tokens at a time. */
export const windowBlocks = (depth: number, { width, heads, chunkLength }: StackSize): ReversibleBlock[] =>
  Array.from({ length: depth }, () => ({
    attention: normed(width, hiddenLayer(reformerLocalAttention({ width, heads, chunkLength, causal: true }))),
    feedForward: normed(width, feedForward({ width, innerWidth: 4 * width, activation: 'gelu', chunkLength: 512 })),
  }));

/** A byte-level language model whose blocks are reversible, or the same blocks on a single residual stream. */
export function languageModel({ storage, sharing, length, width, heads, depth }: TrainInput): Layer {
  const sizes = { width, heads, chunkLength: length, causal: true };
  const attention = (): Layer => (sharing === 'separate' ? hiddenLayer(reformerLocalAttention(sizes)) : sharedAttention(sizes));
  const blocks = Array.from({ length: depth }, () => ({
    attention: chain({ norm: layerNorm({ size: width }), inner: attention(), output: linear({ inFeatures: width, outFeatures: width }) }),
    feedForward: normed(width, feedForward({ width, innerWidth: 4 * width, activation: 'gelu' })),
  }));
  return chain({
    bytes: embedding({ size: 256, width, standardDeviation: 0.5 }),
    positions: learnedPositions({ length, width, standardDeviation: 0.1 }),
    blocks: storage === 'reversible' ? bothStreams(blocks) : oneStream(blocks),
    norm: layerNorm({ size: width }),
    output: linear({ inFeatures: width, outFeatures: 256 }),
  });
}

/** Both streams start as the input; their mean comes out. */
function bothStreams(blocks: readonly ReversibleBlock[]): Layer {
  const sequence = reversibleSequence(blocks);
  return {
    init: (key) => sequence.init(key),
    apply: (parameters, x, context) =>
      tidy(() => {
        const { x1, x2 } = sequence.apply(parameters, { x1: x, x2: x }, context);
        return mul(add(x1, x2), 0.5);
      }),
  };
}

/** The plain Transformer of the same branches, with the parameters that `bothStreams` draws, under the same names. */
function oneStream(blocks: readonly Readonly<Record<string, Layer>>[]): Layer {
  const layers = blocks.flatMap((block, at) => Object.entries(block).map(([name, layer]) => [`${at}.${name}`, residual(layer)] as const));
  const sequence = reversibleSequence(blocks);
  return {
    init: (key: Key): Parameters => sequence.init(key),
    apply: (parameters, x, context) =>
      tidy(() => layers.reduce((sum: Tensor, [name, layer]) => layer.apply(scoped(parameters, name), sum, context), x)),
  };
}

const normed = (width: number, inner: Layer): Layer => chain({ norm: layerNorm({ size: width }), inner });

const hiddenLayer = (layer: ReturnType<typeof reformerLocalAttention>): Layer => ({
  init: layer.init,
  apply: (parameters, hidden, context) => layer.apply(parameters, { hidden }, context),
});

/** One chunk of all tokens, so that nothing is hashed: what differs from `reformerLocalAttention` is that queries are the keys. */
function sharedAttention(sizes: ReformerAttentionConfig): Layer {
  const layer = reformerAttention(sizes);
  return { init: layer.init, apply: (parameters, hidden, context) => layer.apply(parameters, { hidden }, context).hidden };
}
