import { type Key, randomBits } from '@longspan/core-tensor';
import { inNameOf, requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import type { LogitsProcessor } from '../processor/processor.ts';
import { temperature } from '../processor/temperature.ts';
import { topK } from '../processor/top-k.ts';
import { topP } from '../processor/top-p.ts';
import { independentSearch } from './independent.ts';
import { logSoftmax } from './log-softmax.ts';
import type { Search } from './search.ts';

export interface SampleOptions {
  /** Where the randomness comes from: the same key draws the same tokens. */
  readonly key: Key;
  /** Divides the logits; 1 by default. */
  readonly temperature?: number | undefined;
  /** Only the best so many are drawn from; all by default. */
  readonly topK?: number | undefined;
  /** Only the smallest set of the best that has this share of the probability; all by default. */
  readonly topP?: number | undefined;
  /** Sequences for each prompt; 1 by default. */
  readonly returned?: number | undefined;
}

/**
 * Draws each token by its probability, after temperature, top-k and top-p, in this order. Token t of row r depends on nothing but the key, t,
 * r and the scores: a generation that is resumed draws the same.
 * @throws ConfigError for an option that is not possible
 * @cost a sort of the vocabulary a step where topK or topP is given
 * @example
 * const draws = sample({ key: createKey(7), temperature: 0.8, topK: 50, topP: 0.95 });
 * draws.name; // => 'sample'
 */
export function sample(options: SampleOptions): Search {
  requireKnown('sample', options, { key: 'key', temperature: 'positive', topK: true, topP: true, returned: true });
  const { key, returned = 1 } = options;
  requireKind('sample', 'key', key, 'key');
  requireInteger('sample', { returned }, 1);
  const warpers: readonly LogitsProcessor[] = inNameOf('sample', () => [
    ...(options.temperature === undefined ? [] : [temperature(options.temperature)]),
    ...(options.topK === undefined ? [] : [topK(options.topK)]),
    ...(options.topP === undefined ? [] : [topP(options.topP)]),
  ]);
  const search = independentSearch('sample', returned, (scores, { row, newTokens }) => drawn(scores, key.fold(newTokens).fold(row)));
  return {
    ...search,
    advance: (progress, logits, rules) => search.advance(progress, logits, { ...rules, processors: [...rules.processors, ...warpers] }),
  };
}

/** A token by its probability: the first at which the sum of the probabilities passes a number of [0, 1). */
function drawn(scores: Float64Array, key: Key): number {
  const [high, low] = randomBits(key, 2) as ArrayLike<number> as readonly [number, number];
  const place = ((high >>> 5) * 2 ** 26 + (low >>> 6)) * 2 ** -53;
  const logs = logSoftmax(scores);
  let [sum, last] = [0, 0];
  for (const [token, each] of logs.entries()) {
    if (each === Number.NEGATIVE_INFINITY) continue;
    sum += Math.exp(each);
    last = token;
    if (place < sum) return token;
  }
  return last; // the sum may end a rounding error below 1
}
