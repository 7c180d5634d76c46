import { isList, requireInteger, requireIntegers, requireKnown } from '@longspan/core-tensor/error';
import { coverOfRange, periodic } from '@longspan/core-tensor/layout';
import { call } from '../algebra/call.ts';
import { holdsMultiple } from '../algebra/cover.ts';
import { type Mask, mask } from '../algebra/mask.ts';
import { perHeadOf } from '../algebra/per-axis.ts';
import type { Sides } from './sliding-window.ts';

/**
 * A sliding window with gaps: a query attends to every `dilation`-th token, `left` of them before itself and `right` after it.
 * A list of dilations gives each head its own.
 * @throws ConfigError when a side or a dilation is not an integer
 * @source Longformer (arXiv 2004.05150) §3.1
 * @example
 * const window = dilatedWindow({ left: 1, right: 1, dilation: 3 });
 * [3, 4, 5, 6, 7, 8, 9].filter((key) => window.allows(6, key)); // => [3, 6, 9]
 */
export function dilatedWindow(config: Sides & { readonly dilation: number | ArrayLike<number> }): Mask {
  requireKnown('dilatedWindow', config, { left: true, right: true, dilation: true });
  const { left = 0, right = 0, dilation } = config;
  requireInteger('dilatedWindow', { left, right }, 0);
  if (isList(dilation)) {
    const dilations = requireIntegers('dilatedWindow', 'dilation', dilation, 1);
    return perHeadOf('dilatedWindow', {
      name: () => call('dilatedWindow', { left, right, dilation: dilations }),
      json: { kind: 'dilatedWindow', left, right, dilation: dilations },
      count: dilations.length,
      maskAt: (head) => dilatedWindow({ left, right, dilation: dilations[head] as number }),
    });
  }
  requireInteger('dilatedWindow', { dilation }, 1);
  const from = -left * dilation;
  const to = right * dilation;
  return mask({
    name: call('dilatedWindow', { left, right, dilation }),
    json: { kind: 'dilatedWindow', left, right, dilation },
    allows: (query, key) => key - query >= from && key - query <= to && (key - query) % dilation === 0,
    cover: (queries, keys) => {
      const low = keys.start - queries.end + 1;
      const high = keys.end - 1 - queries.start;
      if (!holdsMultiple(Math.max(low, from), Math.min(high, to), dilation)) return 'none';
      // Two neighbouring distances are never both multiples, so a wider rectangle is full only without gaps.
      return dilation === 1 || low === high ? coverOfRange(low, high, from, to) : 'some';
    },
    pattern: periodic(1),
  });
}
