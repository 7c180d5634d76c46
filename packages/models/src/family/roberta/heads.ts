import type { ConfigJson } from '../../config/read-config.ts';
import type { SpanOutput } from '../../head/encoder-heads.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { Labels, SpanLabels } from '../../head/losses.ts';
import type { ModelOptions } from '../../pretrained/family.ts';
import { type RobertaConfig, robertaConfig } from './config.ts';
import type { RobertaContext } from './model.ts';
import { robertaNetwork } from './named.ts';

const network = robertaNetwork('roberta', robertaConfig);

/**
 * RoBERTa with logits of every word for every token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, vocabSize]
 * @cost that of robertaModel, and n · hiddenSize · vocabSize multiply-adds
 * @source RobertaForMaskedLM of Hugging Face transformers 4.57
 */
export const robertaForMaskedLanguageModel = (
  config: ConfigJson | Partial<RobertaConfig>,
  options: ModelOptions = {},
): HeadedModel<RobertaContext, Labels> => network.maskedLanguageModel(config, options);

/**
 * RoBERTa with logits of the classes of a whole text, and `loss` over `labels`: int32 [b], or float32 [b] or [b, labels].
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of robertaModel
 * @source RobertaForSequenceClassification of Hugging Face transformers 4.57
 */
export const robertaForSequenceClassification = (
  config: ConfigJson | Partial<RobertaConfig>,
  options: ModelOptions = {},
): HeadedModel<RobertaContext, Labels> => network.sequenceClassification(config, options);

/**
 * RoBERTa with logits of the classes of each token, and `loss` over `labels` (int32 [b, n], −100 where there is none).
 * @shape ids int32 [b, n] -> hidden [b, n, labels]
 * @cost that of robertaModel
 * @source RobertaForTokenClassification of Hugging Face transformers 4.57
 */
export const robertaForTokenClassification = (
  config: ConfigJson | Partial<RobertaConfig>,
  options: ModelOptions = {},
): HeadedModel<RobertaContext, Labels> => network.tokenClassification(config, options);

/**
 * RoBERTa with the logits of an answer's first and last token, and `loss` over `startPositions` and `endPositions`.
 * @shape ids int32 [b, n] -> hidden [b, n, 2], startLogits [b, n], endLogits [b, n]
 * @cost that of robertaModel
 * @source RobertaForQuestionAnswering of Hugging Face transformers 4.57
 */
export const robertaForQuestionAnswering = (
  config: ConfigJson | Partial<RobertaConfig>,
  options: ModelOptions = {},
): HeadedModel<RobertaContext, SpanLabels, SpanOutput> => network.questionAnswering(config, options);
