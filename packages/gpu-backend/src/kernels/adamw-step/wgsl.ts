import type { StepText } from '../parameter-lists/wgsl.ts';

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
      let first = firstMoment${nth}[at] * u.beta1 + slope * u.share1;
      let second = secondMoment${nth}[at] * u.beta2 + slope * slope * u.share2;
      let deviation = sqrt(second) * u.correction + u.epsilon;
      newParameter${nth}[at] = parameter${nth}[at] * u.shrink - first / deviation * u.stepSize;
      newFirstMoment${nth}[at] = first;
      newSecondMoment${nth}[at] = second;`,
};
