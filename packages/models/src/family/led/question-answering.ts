import { inNameOf } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../../config/read-config.ts';
import { questionAnswering, type SpanOutput } from '../../head/encoder-heads.ts';
import type { HeadedModel } from '../../head/headed-model.ts';
import type { SpanLabels } from '../../head/losses.ts';
import type { ModelOptions } from '../../pretrained/family.ts';
import { type LedConfig, ledConfig } from './config.ts';
import { type LedContext, modelOf } from './model.ts';

const caller = 'ledForQuestionAnswering';

/**
 * LED with the logits of an answer's first and last token among those that the decoder reads, the text itself, shifted right, by default, and
 * `loss` over `startPositions` and `endPositions`. All tokens of the question should be global (`globals`).
 * @shape ids int32 [b, n] -> hidden [b, m, 2], startLogits [b, m], endLogits [b, m]
 * @cost that of ledModel
 * @source LEDForQuestionAnswering of Hugging Face transformers 4.57
 */
export const ledForQuestionAnswering = (
  config: ConfigJson | Partial<LedConfig>,
  options: ModelOptions = {},
): HeadedModel<LedContext, SpanLabels, SpanOutput> =>
  inNameOf(caller, () => {
    const read = ledConfig(config);
    const body = { name: 'led', layer: modelOf(caller, read, options) };
    return questionAnswering(body, { name: caller, width: read.dModel, standardDeviation: read.initStd });
  });
