import { isList, requireIntegers, requireKnown } from '@longspan/core-tensor/error';
import { coverOfRange } from '@longspan/core-tensor/layout';
import { call } from '../algebra/call.ts';
import { type Mask, mask } from '../algebra/mask.ts';
import { perBatchOf } from '../algebra/per-axis.ts';

/**
 * Masks the keys from each batch row's length on; a single length holds for all rows. Padded queries are not masked.
 * @throws ConfigError when a length is not an integer of tokens
 * @example
 * const mask = keyPadding({ lengths: [3, 5] });
 * [mask.select({ batch: 0 }).allows(0, 4), mask.select({ batch: 1 }).allows(0, 4)]; // => [false, true]
 */
export function keyPadding(config: { readonly lengths: number | ArrayLike<number> }): Mask {
  requireKnown('keyPadding', config, { lengths: true });
  const { lengths } = config;
  const all = requireIntegers('keyPadding', 'lengths', isList(lengths) ? lengths : [lengths], 0);
  const name = (): string => call('keyPadding', { lengths: all });
  const json = { kind: 'keyPadding', lengths: all } as const;
  const [length] = all;
  if (all.length !== 1 || length === undefined)
    return perBatchOf('keyPadding', { name, json, count: all.length, maskAt: (row) => keyPadding({ lengths: all[row] as number }) });
  return mask({
    name: name(),
    json,
    allows: (_, key) => key < length,
    cover: (_, keys) => coverOfRange(keys.start, keys.end - 1, Number.NEGATIVE_INFINITY, length - 1),
    pattern: (_, keys) => String(length - keys.start),
  });
}
