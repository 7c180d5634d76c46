import { labelCount } from '../config/kinds.ts';
import type { EncoderContext } from '../encoder/encoder-model.ts';
import { type NamedBody, sequenceClassification } from '../head/encoder-heads.ts';
import type { HeadedModel } from '../head/headed-model.ts';
import type { Labels } from '../head/losses.ts';
import { lastWidth, type SwinKeys } from './swin-kinds.ts';

/** Logits of the classes of a whole image: a linear map, `classifier`, of what the body pooled. */
export const imageClassification = (name: string, body: NamedBody<EncoderContext>, config: SwinKeys): HeadedModel<EncoderContext, Labels> =>
  sequenceClassification(body, {
    name,
    width: lastWidth(config),
    labels: labelCount(config),
    problemType: config.problemType,
    dropout: 0,
    standardDeviation: config.initializerRange,
  });
