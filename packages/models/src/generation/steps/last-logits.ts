import { ShapeError } from '@longspan/core-tensor/error';
import { reshape, slice, type Tensor } from '@tensorflow/tfjs-core';

/**
 * [b, m, vocabulary] -> [b, vocabulary]: those of the last token.
 * @param model whom errors name
 * @param ids what the model read, [b, n]
 */
export function lastLogits(model: string, ids: Tensor, logits: Tensor): Tensor {
  const [batch, length] = ids.shape as [number, number];
  const [rows, last = 0, vocabulary = 0] = logits.shape;
  if (logits.rank !== 3 || rows !== batch || last < 1 || last > length) {
    throw new ShapeError({
      caller: model,
      problem: 'a model of next tokens must give logits of every word for every token.',
      expected: `[${batch}, ${length}, vocabulary], or [${batch}, 1, vocabulary] of the last token`,
      got: `[${logits.shape.join(', ')}]`,
      remedy: 'give one with a head causalLanguageModel or conditionalGeneration, or a languageModel.',
    });
  }
  return reshape(last === 1 ? logits : slice(logits, [0, last - 1, 0], [batch, 1, vocabulary]), [batch, vocabulary]);
}
