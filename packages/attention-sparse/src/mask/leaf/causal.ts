import { coverOfRange, periodic } from '@longspan/core-tensor/layout';
import { type Mask, mask } from '../algebra/mask.ts';

/**
 * A query attends to the keys up to its own position. Where queries and keys differ in number, `queryOffset` of the layout aligns them.
 * @example
 * [causal().allows(3, 3), causal().allows(3, 4)]; // => [true, false]
 */
export const causal = (): Mask =>
  mask({
    name: 'causal()',
    json: { kind: 'causal' },
    allows: (query, key) => key <= query,
    cover: (queries, keys) => coverOfRange(keys.start - queries.end + 1, keys.end - 1 - queries.start, Number.NEGATIVE_INFINITY, 0),
    pattern: periodic(1),
  });
