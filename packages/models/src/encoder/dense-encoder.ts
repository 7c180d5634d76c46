import {
  type Mask,
  multiHeadAttention,
  type ProjectionNames,
  type RelativeBias,
  type SelfAttentionContext,
} from '@longspan/attention-sparse';
import type { Layer } from '@longspan/core-tensor';
import { requireKnown } from '@longspan/core-tensor/error';
import { type ModelOptions, modelOptionNames } from '../pretrained/family.ts';
import { type MaskedConfig, maskKinds, masksOfLayers } from './attention-masks.ts';
import type { EmbeddingsContext } from './embeddings.ts';
import { type TypedEncoderConfig, typedEncoderKinds } from './encoder-config.ts';
import type { EncoderContext, EncoderOutput, SharedTable } from './encoder-model.ts';
import { type PostNormConfig, type PostNormParts, postNormEncoder } from './post-norm-encoder.ts';

/** What an encoder with attention to every token reads of the context. */
export type DenseEncoderContext = EmbeddingsContext & SelfAttentionContext & EncoderContext;

export interface DenseEncoderOptions extends ModelOptions {
  /** Whether the model has a pooler; true by default. */
  readonly pooler?: boolean | undefined;
}

export interface DenseEncoderConfig extends PostNormConfig, MaskedConfig {
  readonly numAttentionHeads: number;
  readonly attentionProbsDropoutProb: number;
}

/** BERT's own keys, and the masks of its layers. */
export interface DenseConfig extends TypedEncoderConfig, MaskedConfig {}

export const denseKinds = (defaults: Parameters<typeof typedEncoderKinds>[0]): ReturnType<typeof typedEncoderKinds> & typeof maskKinds => ({
  ...typedEncoderKinds(defaults),
  ...maskKinds,
});

/** The masks of its layers: every token attends to every other one where the config says nothing else. */
export const denseMasks = (config: MaskedConfig & Pick<DenseEncoderConfig, 'numHiddenLayers' | 'numAttentionHeads'>): readonly Mask[] =>
  masksOfLayers(config, { layers: config.numHiddenLayers, heads: config.numAttentionHeads });

/** Biases by distance, of one table for all layers. */
export interface SharedBias extends SharedTable {
  readonly bias: RelativeBias;
}

export interface DenseEncoderParts extends Pick<PostNormParts<never>, 'positionsOver' | 'layerNames' | 'layerName' | 'canBeLong'> {
  /** What the attention's linear maps are called; one with an `output` holds its output projection itself. */
  readonly projections?: Partial<ProjectionNames> | undefined;
  readonly sharedBias?: SharedBias | undefined;
  /** Whether the family has a pooler at all; true by default. */
  readonly hasPooler?: boolean | undefined;
}

/**
 * Embeddings, and post-norm layers in which every token attends to every other one, or by the masks of the config: BERT and its kin.
 * @shape ids int32 [b, n] -> hidden [b, n, hiddenSize], pooled [b, hiddenSize]
 */
export function denseEncoder(
  name: string,
  config: DenseEncoderConfig,
  { projections, sharedBias, hasPooler = true, ...names }: DenseEncoderParts,
  options: DenseEncoderOptions,
): Layer<DenseEncoderContext, EncoderOutput> {
  if (hasPooler) requireKnown(name, options, { ...modelOptionNames, pooler: 'flag' });
  else requireKnown<ModelOptions>(name, options, modelOptionNames);
  const { pooler = hasPooler, blockSize } = options;
  const { hiddenSize: width, initializerRange: standardDeviation } = config;
  const masks = denseMasks(config);
  const attention = (layer: number) =>
    multiHeadAttention({
      width,
      heads: config.numAttentionHeads,
      mask: masks[layer],
      output: projections?.output !== undefined,
      names: projections,
      draw: { kind: 'normal', standardDeviation },
      attentionDropout: config.attentionProbsDropoutProb,
      relativeBias: sharedBias?.bias,
      blockSize,
    });
  return postNormEncoder(config, { name, attention, pooler, sharedTable: sharedBias, ...names }, options);
}
