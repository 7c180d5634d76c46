import type { Layer } from '@longspan/core-tensor';
import { activations } from '../config/kinds.ts';
import type { TypedEncoderConfig } from './encoder-config.ts';
import type { EncoderOutput } from './encoder-model.ts';
import { type PostNormContext, type PostNormOptions, postNormEncoder } from './post-norm-encoder.ts';

/**
 * The encoder of a config with BERT's keys. The families differ in what positions count.
 * @shape ids int32 [b, n] -> hidden [b, n, hiddenSize], pooled [b, hiddenSize]
 */
export const typedEncoder = (
  name: string,
  config: TypedEncoderConfig,
  positionsOver: 'row' | 'tokens',
  options?: PostNormOptions,
): Layer<PostNormContext, EncoderOutput> =>
  postNormEncoder(
    {
      name,
      vocabulary: config.vocabSize,
      width: config.hiddenSize,
      positions: config.maxPositionEmbeddings,
      positionsOver,
      tokenTypes: config.typeVocabSize,
      paddingIndex: config.padTokenId,
      layers: config.numHiddenLayers,
      heads: config.numAttentionHeads,
      innerWidth: config.intermediateSize,
      activation: activations[config.hiddenAct],
      epsilon: config.layerNormEps,
      hiddenDropout: config.hiddenDropoutProb,
      attentionDropout: config.attentionProbsDropoutProb,
      standardDeviation: config.initializerRange,
      chunkLength: config.chunkSizeFeedForward,
    },
    options,
  );
