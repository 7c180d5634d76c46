import { requireKnown } from '@longspan/core-tensor/error';
import { type Losses, lossSum } from './loss-sum.ts';
import type { Metric } from './metric.ts';

/**
 * Perplexity per token: exp of the mean loss over all tokens that count, and not a mean of the batches' perplexities. Models of different
 * tokens are compared by `wordPerplexity` or `bitsPerByte`.
 * @returns a metric of `{ losses, mask? }`; losses in nats
 * @throws ConfigError (of `add`) when a loss is not finite
 * @cost O(tokens) of each batch; two numbers are kept
 * @source Jelinek et al. 1977
 * @example
 * const metric = perplexity();
 * metric.add({ losses: [Math.log(2), Math.log(8)] });
 * metric.value(); // => 4
 */
export function perplexity(): Metric<Losses> {
  let nats = 0;
  let tokens = 0;
  return {
    add(batch) {
      requireKnown('perplexity.add', batch, { losses: true, mask: true });
      const more = lossSum('perplexity.add', batch);
      nats += more.nats;
      tokens += more.tokens;
    },
    value: () => Math.exp(nats / tokens),
  };
}
