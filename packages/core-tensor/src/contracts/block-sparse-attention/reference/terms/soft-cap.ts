import { div, mul, square, sub, type Tensor, tanh } from '@tensorflow/tfjs-core';
import type { SoftCapTerm } from '../../score-terms.ts';
import type { Step } from './step.ts';

/** cap · tanh(s / cap), whose slope is 1 − tanh² */
export function softCapStep({ cap }: SoftCapTerm, scores: Tensor): Step {
  const squeezed = tanh(div(scores, cap));
  return {
    scores: mul(squeezed, cap),
    pull: (cotangent) => ({ scores: mul(cotangent, sub(1, square(squeezed))), contributions: [] }),
  };
}
