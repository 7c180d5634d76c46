import type { StepText } from '../parameter-lists/wgsl.ts';

/** @source Sutskever et al. 2013, in the form of torch.optim.SGD */
export const sgdText: StepText = {
  name: 'step of SGD',
  tensors: [
    { name: 'parameter', isWritten: false },
    { name: 'gradient', isWritten: false },
    { name: 'momentum', isWritten: false },
    { name: 'newParameter', isWritten: true },
    { name: 'newMomentum', isWritten: true },
  ],
  body: (nth) => `let direction = momentum${nth}[at] * u.keep + (gradient${nth}[at] + parameter${nth}[at] * u.decay);
      newParameter${nth}[at] = parameter${nth}[at] - direction * u.rate;
      newMomentum${nth}[at] = direction;`,
};
