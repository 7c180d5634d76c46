import { reformerAttention, reformerLocalAttention } from '@longspan/attention-lsh';
import {
  chain,
  feedForward,
  type Layer,
  type LayerContext,
  type LayerOutput,
  layerNorm,
  learnedPositions,
  linear,
  residual,
} from '@longspan/core-tensor';
import { languageModel as anyLanguageModel } from '@longspan/models/language-model';
import { averageStreams, duplicateStreams, type ReversibleBlock, reversibleSequence } from '@longspan/reversible';
import type { StackSize, TrainInput } from './input.ts';

type PlainLayer = Layer<LayerContext, LayerOutput>;

/** Blocks of attention within chunks and those before, and of feed-forward layers that work on some tokens at a time. */
export const windowBlocks = (depth: number, { width, heads, chunkLength }: StackSize): ReversibleBlock[] =>
  Array.from({ length: depth }, () => ({
    attention: normed(width, reformerLocalAttention({ width, heads, chunkLength, causal: true })),
    feedForward: normed(width, feedForward({ width, chunkLength: 512 })),
  }));

/** A byte-level language model whose blocks are reversible, or the same blocks on a single residual stream. */
export function languageModel({ storage, sharing, length, width, heads, depth }: TrainInput) {
  // One chunk of all tokens, so that nothing is hashed: what differs between the two is that queries are the keys.
  const makeAttention = sharing === 'separate' ? reformerLocalAttention : reformerAttention;
  const blocks = Array.from({ length: depth }, () => ({
    attention: chain({
      norm: layerNorm({ width }),
      inner: makeAttention({ width, heads, chunkLength: length, causal: true }) as PlainLayer,
      output: linear({ inFeatures: width, outFeatures: width }),
    }),
    feedForward: normed(width, feedForward({ width })),
  }));
  return anyLanguageModel({
    vocabulary: 256,
    width,
    positions: learnedPositions({ length, width, standardDeviation: 0.1 }),
    layers:
      storage === 'reversible'
        ? { streams: duplicateStreams(), blocks: reversibleSequence(blocks), mean: averageStreams() }
        : { blocks: oneStream(blocks) },
    tied: false,
    standardDeviation: 0.5,
  });
}

/** The plain Transformer of the same branches, with the parameters of `reversibleSequence`, under the same names. */
const oneStream = (blocks: readonly Readonly<Record<string, PlainLayer>>[]): PlainLayer =>
  chain(
    Object.fromEntries(
      blocks.flatMap((block, at) => Object.entries(block).map(([name, layer]) => [`${at}.${name}`, residual(layer)] as const)),
    ),
  );

const normed = (width: number, inner: Layer): Layer => chain({ norm: layerNorm({ width }), inner });
