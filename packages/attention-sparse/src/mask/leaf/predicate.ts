import { ConfigError, show } from '@longspan/core-tensor/error';
import { call } from '../algebra/call.ts';
import { type Mask, mask } from '../algebra/mask.ts';

/**
 * A mask from a function over positions. Without `cover` its layouts ask every pair: O(queries · keys) calls; and it has no JSON.
 * @param name what errors and plots call it
 * @throws ConfigError when a part is not of its type
 * @example
 * const even = predicate('even', (query, key) => (query - key) % 2 === 0).and(causal());
 * [even.allows(6, 4), even.allows(6, 5), even.name]; // => [true, false, "predicate('even').and(causal())"]
 */
export function predicate(name: string, allows: Mask['allows'], cover: Mask['cover'] = () => 'some'): Mask {
  if (typeof name !== 'string' || typeof allows !== 'function' || typeof cover !== 'function') {
    throw new ConfigError({
      caller: 'predicate',
      problem: 'an argument is of the wrong type.',
      expected: "predicate(name: string, allows: (query, key) => boolean, cover?: (queries, keys) => 'none' | 'some' | 'all')",
      got: [name, allows, cover].map(show).join(', '),
      remedy: "call predicate('my rule', (query, key) => ...).",
    });
  }
  return mask({ name: call('predicate', name), allows, cover });
}
