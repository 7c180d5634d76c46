import type { Layer } from '@longspan/core-tensor';
import { inNameOf } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../../config/read-config.ts';
import { type DenseEncoderContext, type DenseEncoderOptions, denseEncoder } from '../../encoder/dense-encoder.ts';
import type { EncoderOutput } from '../../encoder/encoder-model.ts';
import { type BertConfig, bertConfig } from './config.ts';

export type BertContext = DenseEncoderContext;

export type BertOptions = DenseEncoderOptions;

/**
 * BERT: embeddings, and post-norm layers in which every token attends to every other one. Parameters as in Hugging Face's BertModel.
 * Context: `padding`, `tokenTypes`, `positions`, `hiddenStates`, and `mask`: `documents(ids)` for texts that are packed into a row.
 * @shape ids int32 [b, n] -> hidden [b, n, hiddenSize], pooled [b, hiddenSize]
 * @throws ConfigError when heads do not divide hiddenSize; apply: ConfigError for a text longer than the table of positions
 * @cost O(n² · hiddenSize) time for the attention, nothing n x n in memory; O(n · hiddenSize · (4 · hiddenSize + 2 · intermediateSize)) a layer
 * @source Devlin et al. 2019 (arXiv 1810.04805); BertModel of Hugging Face transformers 4.57
 * @example
 * const model = bertModel({ vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 });
 * const { hidden, pooled } = model.apply(model.init(createKey(0)), tensor2d([[1, 2, 3]], [1, 3], 'int32'));
 * [hidden.shape, pooled.shape]; // => [[1, 3, 8], [1, 8]]
 */
export const bertModel = (config: ConfigJson | Partial<BertConfig>, options: BertOptions = {}): Layer<BertContext, EncoderOutput> =>
  inNameOf('bertModel', () => modelOf('bertModel', bertConfig(config), options));

/** The body of a model with a head, whom errors name. */
export const modelOf = (name: string, config: BertConfig, options: BertOptions): Layer<BertContext, EncoderOutput> =>
  denseEncoder(name, config, { positionsOver: 'row', canBeLong: true }, options);
