import { multiHeadAttention, type ProjectionNames, type RelativeBias, type SelfAttentionContext } from '@longspan/attention-sparse';
import type { Activation, Layer } from '@longspan/core-tensor';
import type { ModelOptions } from '../pretrained/family.ts';
import { type EmbeddingsContext, type EncoderEmbeddingsConfig, encoderEmbeddings } from './embeddings.ts';
import { bertLayerNames, type EncoderLayerNames, encoderLayer } from './encoder-layer.ts';
import { type EncoderContext, type EncoderOutput, encoderModel, type SharedTable } from './encoder-model.ts';

/** What an encoder with attention to every token reads of the context. */
export type PostNormContext = EmbeddingsContext & SelfAttentionContext & EncoderContext;

export interface PostNormOptions extends ModelOptions {
  /** Whether the model has a pooler; true by default. */
  readonly pooler?: boolean | undefined;
}

/** What a checkpoint calls the layers and their parts. */
export interface PostNormNames {
  readonly layer: (at: number) => string;
  readonly parts: EncoderLayerNames;
  /** Of the attention; one with an `output` holds its output projection itself. */
  readonly projections: Partial<ProjectionNames>;
}

const bertNames: PostNormNames = { layer: (at) => `encoder.layer.${at}`, parts: bertLayerNames, projections: {} };

/** Biases by distance, of one table for all layers. */
export interface SharedBias extends SharedTable {
  readonly bias: RelativeBias;
}

export interface PostNormEncoderConfig extends EncoderEmbeddingsConfig {
  readonly layers: number;
  readonly heads: number;
  readonly innerWidth: number;
  readonly activation: Activation;
  readonly attentionDropout: number;
  /** Rows of the feed-forward layer at a time; 0 for all. */
  readonly chunkLength: number;
  /** BERT's by default. */
  readonly names?: PostNormNames | undefined;
  readonly sharedBias?: SharedBias | undefined;
}

/**
 * Embeddings, and post-norm layers in which every token attends to every other one: BERT and its kin.
 * @shape ids int32 [b, n] -> hidden [b, n, width], pooled [b, width]
 */
export function postNormEncoder(config: PostNormEncoderConfig, options: PostNormOptions = {}): Layer<PostNormContext, EncoderOutput> {
  const { name, width, heads, epsilon, hiddenDropout, attentionDropout, standardDeviation, names = bertNames, sharedBias } = config;
  const { wrapLayer = (layer) => layer, pooler = true, blockSize } = options;
  const { innerWidth, activation, chunkLength } = config;
  const layer = () =>
    wrapLayer(
      encoderLayer({
        name,
        width,
        innerWidth,
        activation,
        attention: multiHeadAttention({
          width,
          heads,
          output: names.projections.output !== undefined,
          names: names.projections,
          draw: { kind: 'normal', standardDeviation },
          attentionDropout,
          relativeBias: sharedBias?.bias,
          blockSize,
        }),
        names: names.parts,
        epsilon,
        hiddenDropout,
        standardDeviation,
        chunkLength: chunkLength === 0 ? undefined : chunkLength,
      }),
    );
  const { vocabulary, positions, positionsOver, tokenTypes, paddingIndex } = config;
  return encoderModel<EmbeddingsContext & SelfAttentionContext>({
    name,
    width,
    embeddings: encoderEmbeddings({
      name,
      vocabulary,
      width,
      positions,
      positionsOver,
      tokenTypes,
      paddingIndex,
      epsilon,
      hiddenDropout,
      standardDeviation,
    }) as Layer<never>,
    layers: Array.from({ length: config.layers }, layer) as readonly Layer<never>[],
    layerName: names.layer,
    pooler,
    standardDeviation,
    sharedTable: sharedBias,
  });
}
