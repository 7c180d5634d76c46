import type { Layer, LayerContext } from '@longspan/core-tensor';
import { activations, type HiddenActivation } from '../config/kinds.ts';
import type { ModelOptions } from '../pretrained/family.ts';
import { type EmbeddingsContext, encoderEmbeddings } from './embeddings.ts';
import { bertLayerNames, encoderLayer } from './encoder-layer.ts';
import { type EncoderContext, type EncoderOutput, encoderModel } from './encoder-model.ts';

/** What an encoder's config says under the names that BERT gave it. */
export interface EncoderKeys {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly intermediateSize: number;
  readonly hiddenAct: HiddenActivation;
  readonly hiddenDropoutProb: number;
  readonly maxPositionEmbeddings: number;
  readonly typeVocabSize: number;
  readonly layerNormEps: number;
  readonly padTokenId: number;
  readonly initializerRange: number;
  readonly chunkSizeFeedForward: number;
}

/** What a family's encoder has of its own. */
export interface EncoderParts<C extends LayerContext> {
  readonly name: string;
  /** Heads side by side, [b, n, width], without their output projection. */
  readonly attention: (layer: number) => Layer<C>;
  readonly positionsOver: 'row' | 'tokens';
  /** Whether there is a pooler. */
  readonly pooler: boolean;
  /** What words are multiplied by; 1 by default. */
  readonly wordScale?: number | undefined;
  /** Whether embeddings are dropped before their norm, not after it; false by default. */
  readonly dropsBeforeNorm?: boolean | undefined;
  /** pooler.dense by default. */
  readonly poolerName?: string | undefined;
}

/**
 * BERT's encoder with another attention: embeddings, post-norm layers, a pooler.
 * @shape ids int32 [b, n] -> hidden [b, n, hiddenSize], pooled [b, hiddenSize]
 */
export function encoderOfConfig<C extends LayerContext>(
  config: EncoderKeys,
  { name, attention, positionsOver, pooler, poolerName, wordScale, dropsBeforeNorm }: EncoderParts<C>,
  { wrapLayer = (layer) => layer }: ModelOptions,
): Layer<EmbeddingsContext & C & EncoderContext, EncoderOutput> {
  const { hiddenSize: width, initializerRange: standardDeviation, layerNormEps, hiddenDropoutProb, chunkSizeFeedForward } = config;
  const layer = (at: number) =>
    wrapLayer(
      encoderLayer({
        name,
        width,
        innerWidth: config.intermediateSize,
        activation: activations[config.hiddenAct],
        attention: attention(at),
        names: bertLayerNames,
        epsilon: layerNormEps,
        hiddenDropout: hiddenDropoutProb,
        standardDeviation,
        chunkLength: chunkSizeFeedForward === 0 ? undefined : chunkSizeFeedForward,
      }),
    );
  const embeddings = encoderEmbeddings({
    name,
    vocabulary: config.vocabSize,
    width,
    positions: config.maxPositionEmbeddings,
    positionsOver,
    tokenTypes: config.typeVocabSize,
    paddingIndex: config.padTokenId,
    epsilon: layerNormEps,
    hiddenDropout: hiddenDropoutProb,
    standardDeviation,
    wordScale,
    dropsBeforeNorm,
  });
  return encoderModel<EmbeddingsContext & C>({
    name,
    width,
    embeddings: embeddings as Layer<never>,
    layers: Array.from({ length: config.numHiddenLayers }, (_, at) => layer(at) as Layer<never>),
    pooler,
    poolerName,
    standardDeviation,
  });
}
