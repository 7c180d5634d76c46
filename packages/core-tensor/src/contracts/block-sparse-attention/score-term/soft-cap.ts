import { div, mul, square, sub, tanh } from '@tensorflow/tfjs-core';
import { isFloat, requireKind, show } from '../../../error/index.ts';
import { invalid } from './invalid.ts';
import type { TermRecordOf } from './term-record.ts';

export interface SoftCapTerm {
  readonly kind: 'softCap';
  readonly cap: number;
}

/**
 * Squeezes scores into (−cap, cap): cap · tanh(score / cap).
 * @source Gemma 2 (arXiv 2408.00118) §2
 */
export function softCap(cap: number): SoftCapTerm {
  requireKind('softCap', 'cap', cap, 'positive');
  return { kind: 'softCap', cap };
}

/** cap · tanh(s / cap), whose slope is 1 − tanh² */
export const softCapRecord: TermRecordOf<SoftCapTerm> = {
  kind: 'softCap',
  tensors: {},
  others: ['cap'],
  check(caller, { cap }) {
    if (!(isFloat(cap) && Math.fround(cap) > 0)) {
      throw invalid(caller, 'softCap', 'a finite number above 0', show(cap), 'leave the term out for uncapped scores.');
    }
  },
  step:
    ({ cap }) =>
    (scores) => {
      const squeezed = tanh(div(scores, cap));
      return {
        scores: mul(squeezed, cap),
        backward: (cotangent) => ({ scores: mul(cotangent, sub(1, square(squeezed))), contributions: [] }),
      };
    },
  dense: ({ cap }, scores) => ({ scores: mul(tanh(div(scores, cap)), cap) }),
};
