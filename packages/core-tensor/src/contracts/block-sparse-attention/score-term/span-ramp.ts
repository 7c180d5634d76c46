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
  step,
  sub,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { isFloat, requireGiven, requireKnown, show } from '../../../error/index.ts';
import { dims } from '../../../tensor/dims.ts';
import { invalid } from './invalid.ts';
import { byHead, ofHeads, perRow } from './per-head.ts';
import { distances } from './positions.ts';
import type { TermRecordOf } from './term-record.ts';

export interface SpanRampTerm {
  readonly kind: 'spanRamp';
  readonly span: Tensor;
  readonly ramp: number;
}

/**
 * Weighs each key by the soft edge of a learned span: clamp((ramp + span − |query − key|) / ramp, 0, 1), inside the softmax.
 * @shape span [h], tokens
 * @cost four operations for each pair of a visited block
 * @param options.ramp width of the edge, tokens
 * @source Sukhbaatar et al. 2019 (arXiv 1905.07799) eq. 3–5
 */
export function spanRamp(options: { readonly span: Tensor; readonly ramp: number }): SpanRampTerm {
  requireKnown('spanRamp', options, { span: true, ramp: 'positive' });
  const { span, ramp } = options;
  dims('spanRamp', { span: [span, 'h:float32'] });
  requireGiven('spanRamp', 'ramp', ramp, 'a number of tokens above 0');
  return { kind: 'spanRamp', span, ramp };
}

/** s + ln m, m = clamp((ramp + span − |p − j|) / ramp, 0, 1); a pair with m = 0 is hidden. */
export const spanRampRecord: TermRecordOf<SpanRampTerm> = {
  kind: 'spanRamp',
  tensors: { span: 'h:float32' },
  others: ['ramp'],
  check(caller, { ramp }) {
    if (!(isFloat(ramp) && Math.fround(ramp) > 0)) {
      throw invalid(caller, 'spanRamp.ramp', 'a finite number of tokens above 0', show(ramp), 'Sukhbaatar et al. use 32.');
    }
  },
  step:
    ({ span, ramp }) =>
    (scores, place) => {
      const weight = clipByValue(div(sub(add(perRow(span, place), ramp), abs(distances(place.positions()))), ramp), 0, 1);
      const positive = greater(weight, 0);
      const safe = maximum(weight, 1e-30); // a masked pair's logarithm is never read, but must be finite
      return {
        scores: add(scores, log(safe)),
        visible: cast(positive, 'float32'),
        backward(cotangent) {
          const onSlope = cast(logicalAnd(positive, less(weight, 1)), 'float32');
          return { scores: cotangent, contributions: [byHead(div(mul(cotangent, onSlope), mul(safe, ramp)), place)] };
        },
      };
    },
  dense({ span, ramp }, scores, { queries, keys }) {
    const weight = clipByValue(div(sub(add(ofHeads(span), ramp), abs(sub(queries, keys))), ramp), 0, 1);
    return { scores: add(scores, log(maximum(weight, 1e-30))), visible: step(weight) };
  },
};
