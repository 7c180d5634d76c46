import { withoutPadding } from '@longspan/attention-sparse';
import { everything, type Mask, type Sides } from '@longspan/attention-sparse/mask';
import type { Span } from '@longspan/core-tensor/layout';
import { remember } from '@longspan/core-tensor/memo';
import { windowText } from '../groups/group-masks.ts';
import { type Intervals, intervalMask } from '../groups/interval-mask.ts';
import type { FunnelSequence } from './sequence.ts';

// A long text in chunks has several for each block.
const windows = remember<Mask>('Funnel windows', 64);

/** All keys that are not padding, within the window around the query. */
export function visibleKeys(queries: FunnelSequence, keys: FunnelSequence, window: Sides | undefined): Mask {
  if (window === undefined) return withoutPadding(everything(), keys.padding);
  const places = ({ first, step, length }: FunnelSequence): string => `${length} vectors from ${first} by ${step}`;
  const name = `funnelWindow(${windowText(window)}, ${places(queries)}, ${places(keys)})`;
  const near = windows(name, () => intervalMask(name, [{ keys: keys.length, intervals: withinWindow(queries, keys, window) }]));
  return withoutPadding(near, keys.padding);
}

/** The keys to which some queries of the run attend; at least one, as attention over none has no shape. */
export function keysOf(run: Span, queries: FunnelSequence, keys: FunnelSequence, window: Sides | undefined): Span {
  if (window === undefined) return { start: 0, end: keys.length };
  const { first, end } = withinWindow(queries, keys, window);
  const start = Math.min(first(run.start), keys.length - 1);
  return { start, end: Math.max(start + 1, end(run.end - 1)) };
}

/** Queries and keys both ascend evenly, so the keys of a query are an interval. */
function withinWindow(queries: FunnelSequence, keys: FunnelSequence, { left = 0, right = 0 }: Sides): Intervals {
  const at = (query: number): number => queries.first + query * queries.step - keys.first;
  return {
    queries: queries.length,
    first: (query) => Math.max(0, Math.ceil((at(query) - left) / keys.step)),
    end: (query) => Math.min(keys.length, Math.floor((at(query) + right) / keys.step) + 1),
  };
}
