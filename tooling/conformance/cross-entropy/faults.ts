import type { CrossEntropyAttributes, CrossEntropyInputs } from '@longspan/core-tensor/kernel';
import { clipByValue, maximum, minimum, mul, scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { Fault } from '../contract/fault.ts';

export const faults: readonly Fault<CrossEntropyInputs, readonly [Tensor], CrossEntropyAttributes>[] = [
  {
    label: 'logits are cut where exp would overflow',
    shownBy: 'logits of 1e4',
    call: ([logits, targets], attributes) => ({ inputs: [clipByValue(logits, -80, 80), targets], attributes }),
  },
  {
    label: 'masked classes have a probability',
    shownBy: 'masked classes',
    call: ([logits, targets], attributes) => ({ inputs: [maximum(logits, -5), targets], attributes }),
  },
  {
    label: 'the mean is over the ignored rows too',
    shownBy: 'ignored rows',
    outputs: ([loss]) => [mul(loss, 4 / 6)],
  },
  {
    label: 'ignored rows have a gradient',
    shownBy: 'ignored rows, smoothed, none',
    call: ([logits, targets], attributes) => ({ inputs: [logits, maximum(targets, scalar(0, 'int32'))], attributes }),
  },
  {
    label: 'a target beyond the classes is taken for the last one',
    shownBy: 'a target that is no class',
    call: ([logits, targets], attributes) => ({ inputs: [logits, minimum(targets, scalar(attributes.classes - 1, 'int32'))], attributes }),
  },
  {
    label: 'label smoothing is forgotten',
    shownBy: 'label smoothing',
    call: (inputs, attributes) => ({ inputs, attributes: { ...attributes, labelSmoothing: 0 } }),
  },
  { label: 'the gradient is 1 in 1,000 too large', shownBy: 'mean', gradients: ([dLogits]) => [mul(dLogits as Tensor, 1.001)] },
];
