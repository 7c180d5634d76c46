import type { Layer } from '@longspan/core-tensor';
import type { ConfigJson } from '../../config/read-config.ts';
import type { DenseEncoderContext, DenseEncoderOptions } from '../../encoder/dense-encoder.ts';
import type { EncoderOutput } from '../../encoder/encoder-model.ts';
import { robertaNetwork } from '../roberta/named.ts';
import { type XlmRobertaConfig, xlmRobertaConfig } from './config.ts';

export type XlmRobertaContext = DenseEncoderContext;

export type XlmRobertaOptions = DenseEncoderOptions;

const network = robertaNetwork('xlmRoberta', xlmRobertaConfig);

/**
 * XLM-R: BERT's network, whose positions count the tokens that are not padding, from padTokenId + 1. Parameters as in Hugging Face's
 * XLMRobertaModel. Context: `padding`, `tokenTypes`, `positions`, `hiddenStates`, and `mask`: `documents(ids)` for texts that are packed into a row.
 * @shape ids int32 [b, n] -> hidden [b, n, hiddenSize], pooled [b, hiddenSize]
 * @throws ConfigError when heads do not divide hiddenSize; apply: ConfigError for a text longer than the table of positions
 * @cost O(n² · hiddenSize) time for the attention, nothing n x n in memory; O(n · hiddenSize · (4 · hiddenSize + 2 · intermediateSize)) a layer
 * @source Conneau et al. 2020 (arXiv 1911.02116); XLMRobertaModel of Hugging Face transformers 4.57
 * @example
 * const model = xlmRobertaModel({ vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 });
 * const { hidden, pooled } = model.apply(model.init(createKey(0)), tensor2d([[0, 5, 2]], [1, 3], 'int32'));
 * [hidden.shape, pooled.shape]; // => [[1, 3, 8], [1, 8]]
 */
export const xlmRobertaModel = (
  config: ConfigJson | Partial<XlmRobertaConfig>,
  options: XlmRobertaOptions = {},
): Layer<XlmRobertaContext, EncoderOutput> => network.model(config, options);
