import { cast, greater, relu, scalar, type Tensor } from '@tensorflow/tfjs-core';
import { geluValue, geluWithDerivative } from '../contracts/gelu/reference.ts';
import { gelu } from './gelu.ts';

/** What stands between the two linear maps of a feed-forward layer. */
export type Activation = 'gelu' | 'geluTanh' | 'relu';

interface ActivationForms {
  /** On the tape, with a gradient. */
  readonly apply: (x: Tensor) => Tensor;
  /** For the inside of an op. */
  readonly value: (x: Tensor) => Tensor;
  readonly withDerivative: (x: Tensor) => { readonly value: Tensor; readonly derivative: Tensor };
}

export const activations: Readonly<Record<Activation, ActivationForms>> = {
  gelu: { apply: (x) => gelu(x, 'none'), value: (x) => geluValue(x, 'none'), withDerivative: (x) => geluWithDerivative(x, 'none') },
  geluTanh: { apply: (x) => gelu(x, 'tanh'), value: (x) => geluValue(x, 'tanh'), withDerivative: (x) => geluWithDerivative(x, 'tanh') },
  relu: {
    apply: (x) => relu(x),
    value: (x) => relu(x),
    withDerivative: (x) => ({ value: relu(x), derivative: cast(greater(x, scalar(0)), 'float32') }),
  },
};
