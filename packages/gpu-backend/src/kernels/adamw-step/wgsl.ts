import type { StepText } from '../parameter-lists/wgsl.ts';

/**
 * A moment, moved towards what is new: it is rounded once, where two products and their sum would be rounded three times. From the side of which
 * more stays, for the other one's digits would be lost.
 */
const moved = (moment: string, to: string, order: 1 | 2, nth: number): string => {
  const before = `${moment}${nth}[at]`;
  return `select(${to} + (${before} - ${to}) * u.beta${order}, ${before} + (${to} - ${before}) * u.share${order}, u.share${order} < 0.5)`;
};

/** @source Loshchilov & Hutter 2019 (arXiv 1711.05101), algorithm 2 */
export const adamWText: StepText = {
  name: 'step of AdamW',
  tensors: [
    { name: 'parameter', isWritten: false },
    { name: 'gradient', isWritten: false },
    { name: 'firstMoment', isWritten: false },
    { name: 'secondMoment', isWritten: false },
    { name: 'newParameter', isWritten: true },
    { name: 'newFirstMoment', isWritten: true },
    { name: 'newSecondMoment', isWritten: true },
  ],
  body: (nth) => `let slope = gradient${nth}[at];
      let first = ${moved('firstMoment', 'slope', 1, nth)};
      let second = ${moved('secondMoment', 'slope * slope', 2, nth)};
      let change = first / (sqrt(second) + u.epsilon) * u.stepSize;
      newParameter${nth}[at] = parameter${nth}[at] - (change + parameter${nth}[at] * u.decay);
      newFirstMoment${nth}[at] = first;
      newSecondMoment${nth}[at] = second;`,
};
