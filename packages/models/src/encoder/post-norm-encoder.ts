import type { Layer, LayerContext } from '@longspan/core-tensor';
import { activations, type HiddenActivation } from '../config/kinds.ts';
import type { ModelOptions } from '../pretrained/family.ts';
import { type EmbeddingsContext, encoderEmbeddings } from './embeddings.ts';
import { bertLayerNames, type EncoderLayerNames, encoderLayer } from './encoder-layer.ts';
import { type EncoderContext, type EncoderOutput, encoderModel, type SharedTable } from './encoder-model.ts';

/** What an encoder's config says under the names that BERT gave it. */
export interface PostNormConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly intermediateSize: number;
  readonly hiddenAct: HiddenActivation;
  readonly hiddenDropoutProb: number;
  readonly maxPositionEmbeddings: number;
  /** No table of token types where undefined. */
  readonly typeVocabSize?: number | undefined;
  readonly layerNormEps: number;
  readonly padTokenId: number;
  readonly initializerRange: number;
  readonly chunkSizeFeedForward: number;
}

/** What a family's encoder has of its own. */
export interface PostNormParts<C extends LayerContext> {
  readonly name: string;
  /** Heads side by side, [b, n, width], before or after their output projection: see the names. */
  readonly attention: (layer: number) => Layer<C>;
  readonly positionsOver: 'row' | 'tokens';
  /** Whether there is a pooler. */
  readonly pooler: boolean;
  /** pooler.dense by default. */
  readonly poolerName?: string | undefined;
  /** What the parts of a layer are called; BERT's names by default. */
  readonly layerNames?: EncoderLayerNames | undefined;
  /** encoder.layer.0, … by default. */
  readonly layerName?: ((at: number) => string) | undefined;
  readonly sharedTable?: SharedTable | undefined;
  /** Of the embeddings: see EncoderEmbeddingsConfig. */
  readonly wordScale?: number | undefined;
  readonly dropsBeforeNorm?: boolean | undefined;
  readonly canBeLong?: boolean | undefined;
}

/**
 * BERT's encoder with another attention: embeddings, post-norm layers, a pooler.
 * @shape ids int32 [b, n] -> hidden [b, n, hiddenSize], pooled [b, hiddenSize]
 */
export function postNormEncoder<C extends LayerContext>(
  config: PostNormConfig,
  { name, attention, positionsOver, pooler, poolerName, layerNames = bertLayerNames, layerName, sharedTable, ...rest }: PostNormParts<C>,
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
        names: layerNames,
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
    wordScale: rest.wordScale,
    dropsBeforeNorm: rest.dropsBeforeNorm,
    canBeLong: rest.canBeLong,
  });
  return encoderModel<EmbeddingsContext & C>({
    name,
    width,
    embeddings: embeddings as Layer<never>,
    layers: Array.from({ length: config.numHiddenLayers }, (_, at) => layer(at) as Layer<never>),
    layerName,
    pooler,
    poolerName,
    standardDeviation,
    sharedTable,
  });
}
