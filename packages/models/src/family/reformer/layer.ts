import { reformerAttention, reformerLocalAttention } from '@longspan/attention-lsh';
import {
  type Activation,
  createKey,
  type Draw,
  defineLayer,
  dropout,
  feedForward,
  gelu,
  type Layer,
  type LayerContext,
  type LayerOutput,
  layerNorm,
  linear,
  type Padding,
} from '@longspan/core-tensor';
import { mul, relu, sigmoid, type Tensor } from '@tensorflow/tfjs-core';
import { activations } from '../../config/kinds.ts';
import type { ReformerConfig } from './config.ts';

export interface ReformerLayerContext extends LayerContext {
  /** Of the ids; with a cache of all tokens so far. */
  readonly padding?: Padding | undefined;
  /** Hashing rounds of this call instead of numHashes. */
  readonly rounds?: number | undefined;
  /** By the number of an LSH layer what it hashes by instead of drawing: [heads, headDim, rounds, directions]. */
  readonly layerRotations?: Readonly<Record<string, Tensor>> | undefined;
}

/** X1 + f(X2): the norm, the attention of that layer, the output projection. */
export function attentionBranch(config: ReformerConfig, at: number, cache: boolean): Layer<ReformerLayerContext, LayerOutput> {
  const { hiddenSize: width, numAttentionHeads: heads, attentionHeadSize: headDim, isDecoder: causal, hiddenDropoutProb } = config;
  const isHashed = config.attnLayers[at] === 'lsh';
  const sizes = { width, heads, headDim, causal };
  const attention = isHashed
    ? reformerAttention({
        ...sizes,
        cache,
        chunkLength: config.lshAttnChunkLength,
        chunksBefore: config.lshNumChunksBefore,
        chunksAfter: config.lshNumChunksAfter,
        rounds: config.numHashes,
        bucketCount: config.numBuckets ?? 'auto',
        maxLength: config.maxPositionEmbeddings,
        attentionDropout: config.lshAttentionProbsDropoutProb,
        hashKey: config.hashSeed === undefined ? undefined : createKey(config.hashSeed).fold(at),
      })
    : reformerLocalAttention({
        ...sizes,
        cache: cache as true,
        chunkLength: config.localAttnChunkLength,
        chunksBefore: config.localNumChunksBefore,
        chunksAfter: config.localNumChunksAfter,
        attentionDropout: config.localAttentionProbsDropoutProb,
      });
  const parts = {
    layer_norm: layerNorm({ width, epsilon: config.layerNormEps }),
    self_attention: attention as object as Layer<LayerContext & { readonly rotations?: Tensor | undefined }, LayerOutput>,
    'output.dense': linear({ inFeatures: heads * headDim, outFeatures: width, bias: false, draw: drawOf(config) }),
    dropout: dropout({ rate: hiddenDropoutProb }),
  };
  return defineLayer<ReformerLayerContext, LayerOutput, typeof parts, 'rotations'>({
    name: 'reformerAttentionBranch',
    parts,
    provides: ['rotations'],
    reads: isHashed ? ['layerRotations'] : [],
    run({ parts }, x, { layerRotations }) {
      const rotations = layerRotations?.[at];
      const attended = parts.self_attention(parts.layer_norm(x), rotations === undefined ? {} : { rotations });
      const projected = parts['output.dense'](attended);
      return hiddenDropoutProb === 0 ? projected : parts.dropout(projected);
    },
  }) as object as Layer<ReformerLayerContext, LayerOutput>;
}

const activate: Readonly<Record<Activation, (x: Tensor) => Tensor>> = {
  gelu: (x) => gelu(x, 'none'),
  geluTanh: (x) => gelu(x, 'tanh'),
  relu: (x) => relu(x),
};

/**
 * X2 + g(Y1): the norm and a feed-forward layer, chunk by chunk where its activation has a kernel and nothing is dropped. Dropout acts
 * before the activation, as in Hugging Face.
 */
export function feedForwardBranch(config: ReformerConfig): Layer {
  const { hiddenSize: width, feedForwardSize: innerWidth, hiddenAct, hiddenDropoutProb: rate, chunkSizeFeedForward } = config;
  const draw = drawOf(config);
  const activation = hiddenAct === 'silu' || hiddenAct === 'swish' ? undefined : activations[hiddenAct];
  const names = { inner: 'dense.dense', outer: 'output.dense' };
  const chunkLength = chunkSizeFeedForward === 0 ? undefined : chunkSizeFeedForward;
  const feed = activation && feedForward({ width, innerWidth, activation, chunkLength, draw, names });
  return defineLayer({
    name: 'reformerFeedForwardBranch',
    parts: {
      layer_norm: layerNorm({ width, epsilon: config.layerNormEps }),
      'dense.dense': linear({ inFeatures: width, outFeatures: innerWidth, draw }),
      'output.dense': linear({ inFeatures: innerWidth, outFeatures: width, draw }),
      innerDropout: dropout({ rate }),
      outerDropout: dropout({ rate }),
    },
    run({ parts, parameters, state }, x, { training }) {
      const normed = parts.layer_norm(x);
      const drops = rate > 0 && training === true;
      if (feed !== undefined && !drops) return feed.run({ parameters, state }, normed, {});
      const inner = parts['dense.dense'](normed);
      const dropped = drops ? parts.innerDropout(inner) : inner;
      const active = activation === undefined ? mul(dropped, sigmoid(dropped)) : activate[activation](dropped);
      const outer = parts['output.dense'](active);
      return drops ? parts.outerDropout(outer) : outer;
    },
  });
}

export const drawOf = ({ initializerRange }: ReformerConfig): Draw => ({ kind: 'normal', standardDeviation: initializerRange });
