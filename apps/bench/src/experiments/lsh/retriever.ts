import { type ReformerAttentionConfig, reformerAttention } from '@longspan/attention-lsh';
import {
  chain,
  embedding,
  feedForward,
  type LayerContext,
  layerNorm,
  learnedPositions,
  linear,
  type Parameters,
  residual,
} from '@longspan/core-tensor';
import { hiddenOf } from '@longspan/core-tensor/layer';
import { languageModel } from '@longspan/models/language-model';
import type { LossModel } from '@longspan/training';
import type { Tensor } from '@tensorflow/tfjs-core';

export interface RetrieverSize {
  readonly symbols: number;
  readonly length: number;
  readonly width: number;
  readonly heads: number;
}

/** How the one layer of attention looks: at all tokens, or at those that hash alike. */
export type Look = { readonly kind: 'full' } | { readonly kind: 'lsh'; readonly rounds: number; readonly chunkLength: number };

/**
 * The paper's one-layer model: symbols and learned positions, shared query-key attention, a feed-forward layer as wide as the model.
 * Parameters do not depend on how it looks, so what was trained one way can be evaluated another.
 */
export interface Retriever {
  /** [b, n, symbols] from ids int32 [b, n]. */
  logits(parameters: Parameters, ids: Tensor, look: Look, context?: LayerContext): Tensor;
  /** The mean cross entropy of `context.targets`, as a layer. */
  loss(look: Look): LossModel;
  /** What the attention is applied to, [b, n, width]. */
  attended(parameters: Parameters, ids: Tensor): Tensor;
}

export function retriever({ symbols, length, width, heads }: RetrieverSize): Retriever {
  const positions = learnedPositions({ length, width, standardDeviation: 0.5 });
  const norm = layerNorm({ width });
  const model = (look: Look) =>
    languageModel({
      vocabulary: symbols,
      width,
      positions,
      layers: {
        attention: residual(
          chain({
            norm,
            inner: reformerAttention({ width, heads, causal: true, ...optionsOf(look, length) }),
            output: linear({ inFeatures: width, outFeatures: width }),
          }),
        ),
        feedForward: residual(chain({ norm: layerNorm({ width }), inner: feedForward({ width, innerWidth: width, activation: 'relu' }) })),
      },
      tied: false,
      standardDeviation: 0.5,
    });
  const attended = chain({ embedding: embedding({ vocabulary: symbols, width }), positions, 'layers.attention.norm': norm });
  return {
    logits: (parameters, ids, look, context) => hiddenOf(model(look).apply(parameters, ids, context)),
    loss: (look) => model(look).loss,
    attended: (parameters, ids) => attended.apply(parameters, ids),
  };
}

/** One chunk of all tokens is not hashed: shared query-key attention to everything before. */
const optionsOf = (look: Look, length: number): Pick<ReformerAttentionConfig, 'chunkLength' | 'rounds'> =>
  look.kind === 'full' ? { chunkLength: length } : { chunkLength: look.chunkLength, rounds: look.rounds };
