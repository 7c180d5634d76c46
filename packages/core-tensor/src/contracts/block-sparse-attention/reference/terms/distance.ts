import {
  abs,
  add,
  cast,
  clipByValue,
  div,
  greater,
  less,
  log,
  logicalAnd,
  maximum,
  mul,
  neg,
  reshape,
  sub,
  sum,
  type Tensor,
  tensor,
} from '@tensorflow/tfjs-core';
import { rowsOf } from '../../../../tensor/rows-of.ts';
import type { AlibiTerm, SpanRampTerm } from '../../score-terms.ts';
import { distances } from './positions.ts';
import type { Contribution, Place, Step } from './step.ts';

/** One number per head, as [C, 1, 1]. */
const perRow = (values: Tensor, { chunk }: Place): Tensor =>
  reshape(rowsOf(values, tensor(chunk.heads, [chunk.rows], 'int32')), [chunk.rows, 1, 1]);

/** The cotangent of one number per head: summed over each query block, then added up by head. */
const byHead = (cotangent: Tensor, { chunk }: Place): Contribution => ({
  tensor: 0,
  rows: chunk.heads,
  updates: reshape(sum(cotangent, [1, 2]), [chunk.rows, 1]),
});

/** s − slope · |p − j| */
export function alibiStep({ slopes }: AlibiTerm, scores: Tensor, place: Place): Step {
  const distance = abs(distances(place.positions()));
  return {
    scores: sub(scores, mul(perRow(slopes, place), distance)),
    pull: (cotangent) => ({ scores: cotangent, contributions: [byHead(neg(mul(cotangent, distance)), place)] }),
  };
}

/** s + ln m, m = clamp((ramp + span − |p − j|) / ramp, 0, 1); a pair with m = 0 is hidden. */
export function spanRampStep({ span, ramp }: SpanRampTerm, scores: Tensor, place: Place): Step {
  const share = clipByValue(div(sub(add(perRow(span, place), ramp), abs(distances(place.positions()))), ramp), 0, 1);
  const positive = greater(share, 0);
  const safe = maximum(share, 1e-30); // a hidden pair's logarithm is never read, but must be finite
  return {
    scores: add(scores, log(safe)),
    visible: cast(positive, 'float32'),
    pull(cotangent) {
      const onSlope = cast(logicalAnd(positive, less(share, 1)), 'float32');
      return { scores: cotangent, contributions: [byHead(div(mul(cotangent, onSlope), mul(safe, ramp)), place)] };
    },
  };
}
