import { dims } from '@longspan/core-tensor';
import { concat, fill, slice, type Tensor } from '@tensorflow/tfjs-core';

/** No loss counts where a target is this. */
export const ignored = -100;

/**
 * What each token has to predict: the label of the next one; nothing for the last token of a row. So Hugging Face's causal models shift the
 * labels by themselves.
 * @shape labels int32 [b, n] -> int32 [b, n]
 */
export function nextTokenLabels(labels: Tensor, ignoreIndex: number = ignored): Tensor {
  const { batch, length } = dims('nextTokenLabels', { labels: [labels, 'batch length:int32'] });
  const none = fill([batch, 1], ignoreIndex, 'int32');
  return length === 1 ? none : concat([slice(labels, [0, 1], [batch, length - 1]), none], 1);
}
