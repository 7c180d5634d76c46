import { reformerAttention } from '@longspan/attention-lsh';
import { causal, multiHeadAttention, slidingWindow } from '@longspan/attention-sparse';
import { chain, defineLayer, feedForward, type Layer, type LayerContext, type LayerOutput, layerNorm, linear } from '@longspan/core-tensor';
import { plainSequence, type ReversibleBlock, recomputedLayer, reversibleSequence } from '@longspan/reversible';
import * as tf from '@tensorflow/tfjs-core';
import type { BranchKind } from './branch-kinds.ts';
import type { Way } from './trace.ts';

/** What a stack is made of. */
export interface StackSize {
  /** Tokens. */
  readonly length: number;
  /** Features of one stream. */
  readonly width: number;
  readonly kind: BranchKind;
  /** What the branches are multiplied by; 1 leaves them. */
  readonly gain: number;
}

type AnyLayer = Layer<LayerContext, LayerOutput>;

const heads = 2;

const tanh = (): Layer => defineLayer({ name: 'tanh', run: (_, x) => tf.tanh(x) });
const times = (factor: number): Layer => defineLayer({ name: 'times', run: (_, x) => tf.mul(x, factor) });
const normed = (width: number, inner: AnyLayer): AnyLayer => chain({ norm: layerNorm({ width }), inner });

/** F and G of each kind. */
const branches: Readonly<Record<BranchKind, (size: StackSize) => readonly [f: AnyLayer, g: AnyLayer]>> = {
  transformer: ({ width }) => [
    normed(width, multiHeadAttention({ width, heads, mask: slidingWindow({ left: 63 }).and(causal()) }) as AnyLayer),
    normed(width, feedForward({ width })),
  ],
  tanh: ({ width }) => {
    const branch = (): AnyLayer => chain({ map: linear({ inFeatures: width, outFeatures: width }), tanh: tanh() });
    return [branch(), branch()];
  },
  relu: ({ width }) => [
    normed(width, feedForward({ width, activation: 'relu' })),
    normed(width, feedForward({ width, activation: 'relu' })),
  ],
  linear: ({ width }) => [linear({ inFeatures: width, outFeatures: width }), linear({ inFeatures: width, outFeatures: width })],
  lsh: ({ width }) => [
    normed(width, reformerAttention({ width, heads, chunkLength: 32, rounds: 2, causal: true }) as AnyLayer),
    normed(width, feedForward({ width })),
  ],
};

/** One block; its branches multiplied where that is wanted. */
export function blockOf(size: StackSize): ReversibleBlock {
  const [f, g] = branches[size.kind](size);
  const stronger = (branch: AnyLayer): AnyLayer => (size.gain === 1 ? branch : chain({ branch, times: times(size.gain) }));
  return { f: stronger(f), g: stronger(g) };
}

/** The same blocks in each way: their parameters have the same names, and they compute the same. */
export function stackOf(way: Way, depth: number, size: StackSize, keepEvery: number): Layer<LayerContext, LayerOutput> {
  const blocks = Array.from({ length: depth }, () => blockOf(size));
  if (way === 'stored') return plainSequence(blocks) as AnyLayer;
  if (way === 'reversible') return reversibleSequence(blocks, keepEvery === 0 ? {} : { keepEvery }) as AnyLayer;
  return plainSequence(
    blocks.map((block) => Object.fromEntries(Object.entries(block).map(([name, layer]) => [name, recomputedLayer(layer)]))),
  ) as AnyLayer;
}
