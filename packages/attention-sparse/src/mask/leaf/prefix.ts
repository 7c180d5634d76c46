import { requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { coverOfRange } from '@longspan/core-tensor/layout';
import { call } from '../algebra/call.ts';
import { type Mask, mask } from '../algebra/mask.ts';

/**
 * Every query attends to the first `length` keys. A prefix language model is `causal().or(prefix({ length }))`.
 * @throws ConfigError when `length` is not an integer of tokens
 * @example
 * const mask = causal().or(prefix({ length: 3 }));
 * [mask.allows(0, 2), mask.allows(0, 3), mask.allows(5, 4)]; // => [true, false, true]
 */
export function prefix(config: { readonly length: number }): Mask {
  requireKnown('prefix', config, { length: true });
  const { length } = config;
  requireInteger('prefix', { length }, 0);
  return mask({
    name: call('prefix', { length }),
    json: { kind: 'prefix', length },
    allows: (_, key) => key < length,
    cover: (_, keys) => coverOfRange(keys.start, keys.end - 1, Number.NEGATIVE_INFINITY, length - 1),
    pattern: (_, keys) => String(length - keys.start),
  });
}
