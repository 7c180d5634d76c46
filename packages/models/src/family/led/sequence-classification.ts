import { dims, dropout, type Layer, linear } from '@longspan/core-tensor';
import { inNameOf, stamped } from '@longspan/core-tensor/error';
import { cast, div, equal, expandDims, matMul, max, mul, reshape, sum, type Tensor, tanh, tensor1d } from '@tensorflow/tfjs-core';
import { labelCount } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import { type HeadedModel, headedModel } from '../../head/headed-model.ts';
import { classificationLoss, type Labels } from '../../head/losses.ts';
import type { ModelOptions } from '../../pretrained/family.ts';
import { type LedConfig, ledConfig } from './config.ts';
import { type LedContext, type LedOutput, modelOf } from './model.ts';

const caller = 'ledForSequenceClassification';

/**
 * LED with logits of the classes of a whole text, made of what the decoder gives where the last end token (`eosTokenId`) of the text stands, and
 * `loss` over `labels`: int32 [b], or float32 [b] or [b, labels]. The decoder reads the text itself, shifted right, or `decoderIds` of the same
 * length. A text without an end token has logits of NaN: Hugging Face refuses such a batch, which takes a read of the ids.
 * @shape ids int32 [b, n] -> hidden [b, labels]
 * @cost that of ledModel with n tokens on both sides
 * @source LEDForSequenceClassification of Hugging Face transformers 4.57
 */
export const ledForSequenceClassification = (
  config: ConfigJson | Partial<LedConfig>,
  options: ModelOptions = {},
): HeadedModel<LedContext, Labels> => inNameOf(caller, () => classifierOf(ledConfig(config), options));

function classifierOf(config: LedConfig, options: ModelOptions): HeadedModel<LedContext, Labels> {
  const { dModel: width, classifierDropout: rate, initStd: standardDeviation } = config;
  const draw = { kind: 'normal', standardDeviation } as const;
  return headedModel<LedContext, Labels>({
    name: caller,
    body: { name: 'led', layer: ofOneLength(modelOf(caller, config, options)) },
    parts: {
      'classification_head.dense': linear({ inFeatures: width, outFeatures: width, draw }),
      'classification_head.out_proj': linear({ inFeatures: width, outFeatures: labelCount(config), draw }),
      dropoutBefore: dropout({ rate }),
      dropoutBetween: dropout({ rate }),
    },
    logits({ ids, part }, { hidden }) {
      const inner = tanh(part('classification_head.dense')(part('dropoutBefore')(lastOf(hidden, ids, config.eosTokenId))));
      return part('classification_head.out_proj')(part('dropoutBetween')(inner));
    },
    gives: 'logits of classes of texts',
    labels: { labels: 'int32 [b], or float32 [b] or [b, labels]' },
    loss: (_, logits, { labels }) => classificationLoss(logits, labels, config.problemType),
  });
}

/** The end tokens of the text say where to look among the decoder's tokens. */
const ofOneLength = (body: Layer<LedContext, LedOutput>): Layer<LedContext, LedOutput> =>
  stamped({
    ...body,
    check(whom: string, ids: Tensor, context: LedContext) {
      const { b, n } = dims(whom, { ids: [ids, 'b n:int32'] });
      dims(whom, { decoderIds: [context.decoderIds, `?${b} ${n}:int32`] });
      body.check(whom, ids, context);
    },
  });

/** What stands at the last token of that id in each row; NaN where there is none. @shape x [b, n, width], ids [b, n] -> [b, width] */
function lastOf(x: Tensor, ids: Tensor, id: number): Tensor {
  const [batch, length, width] = x.shape as [number, number, number];
  const numbers = tensor1d(Array.from({ length }, (_, at) => at + 1));
  const found = mul(cast(equal(cast(ids, 'float32'), id), 'float32'), numbers); // exact below 2^24; comparisons of int32 are not on every backend
  const isLast = cast(equal(numbers, max(found, 1, true)), 'float32');
  return reshape(matMul(expandDims(div(isLast, sum(isLast, 1, true)), 1), x), [batch, width]);
}
