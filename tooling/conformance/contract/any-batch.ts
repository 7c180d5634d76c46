import fc, { type Arbitrary } from 'fast-check';
import { integer, magnitude } from '../../arbitrary/index.ts';

/** One or two axes before the last. */
export const anyBatch = (longest: number): Arbitrary<number[]> =>
  fc
    .tuple(fc.option(integer(1, 3), { nil: undefined }), magnitude(1, longest))
    .map(([batch, rows]) => (batch === undefined ? [rows] : [batch, rows]));

/** Columns of a call of so many rows. */
export const anyWidth = (longest: number, from = 1): Arbitrary<number> => magnitude(from, Math.max(from, Math.min(longest, 300)));
