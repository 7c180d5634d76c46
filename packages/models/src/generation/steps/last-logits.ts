import { reshape, slice, type Tensor } from '@tensorflow/tfjs-core';

/** [b, n, vocabulary] -> [b, vocabulary]: those of the last token. */
export function lastLogits(logits: Tensor): Tensor {
  const [batch, length, vocabulary] = logits.shape as [number, number, number];
  return reshape(length === 1 ? logits : slice(logits, [0, length - 1, 0], [batch, 1, vocabulary]), [batch, vocabulary]);
}
