import type { Cover } from '@longspan/core-tensor/layout';

export const opposite: { readonly [C in Cover]: Cover } = { none: 'all', some: 'some', all: 'none' };

/** For ranges of two numbers, ends included, whose pairs are allowed where both lie in the same block of `size` from `shift` on. */
export function coverOfBlocks(firstQuery: number, lastQuery: number, firstKey: number, lastKey: number, size: number, shift = 0): Cover {
  const query = Math.floor((firstQuery - shift) / size);
  const queryEnd = Math.floor((lastQuery - shift) / size);
  const key = Math.floor((firstKey - shift) / size);
  const keyEnd = Math.floor((lastKey - shift) / size);
  if (queryEnd < key || keyEnd < query) return 'none';
  return query === queryEnd && key === keyEnd ? 'all' : 'some';
}

/** Whether [low, high] holds a multiple of `divisor`. */
export const holdsMultiple = (low: number, high: number, divisor: number): boolean => Math.floor(high / divisor) * divisor >= low;
