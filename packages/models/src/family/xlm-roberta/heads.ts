import type { ConfigJson } from '../../config/read-config.ts';
import type { SpanOutput } from '../../head/encoder-heads.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { Labels, SpanLabels } from '../../head/losses.ts';
import type { ModelOptions } from '../../pretrained/family.ts';
import { robertaNetwork } from '../roberta/named.ts';
import { type XlmRobertaConfig, xlmRobertaConfig } from './config.ts';
import type { XlmRobertaContext } from './model.ts';

const network = robertaNetwork('xlmRoberta', xlmRobertaConfig);

/**
 * XLM-R with logits of every word for every token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @cost that of xlmRobertaModel, and n · hiddenSize · vocabSize multiply-adds
 * @source XLMRobertaForMaskedLM of Hugging Face transformers 4.57
 */
export const xlmRobertaForMaskedLanguageModel = (
  config: ConfigJson | Partial<XlmRobertaConfig>,
  options: ModelOptions = {},
): HeadedModel<XlmRobertaContext, Labels> => network.maskedLanguageModel(config, options);

/**
 * XLM-R with logits of the classes of a whole text, and `loss` over `labels`: int32 [b], or float32 [b] or [b, labels].
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of xlmRobertaModel
 * @source XLMRobertaForSequenceClassification of Hugging Face transformers 4.57
 */
export const xlmRobertaForSequenceClassification = (
  config: ConfigJson | Partial<XlmRobertaConfig>,
  options: ModelOptions = {},
): HeadedModel<XlmRobertaContext, Labels> => network.sequenceClassification(config, options);

/**
 * XLM-R with logits of the classes of each token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, labels]
 * @cost that of xlmRobertaModel
 * @source XLMRobertaForTokenClassification of Hugging Face transformers 4.57
 */
export const xlmRobertaForTokenClassification = (
  config: ConfigJson | Partial<XlmRobertaConfig>,
  options: ModelOptions = {},
): HeadedModel<XlmRobertaContext, Labels> => network.tokenClassification(config, options);

/**
 * XLM-R with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of xlmRobertaModel
 * @source XLMRobertaForQuestionAnswering of Hugging Face transformers 4.57
 */
export const xlmRobertaForQuestionAnswering = (
  config: ConfigJson | Partial<XlmRobertaConfig>,
  options: ModelOptions = {},
): HeadedModel<XlmRobertaContext, SpanLabels, SpanOutput> => network.questionAnswering(config, options);
