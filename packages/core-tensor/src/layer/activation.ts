import { greater, mul, relu, scalar, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';
import { geluValue, geluWithDerivative } from '../contracts/gelu/reference.ts';
import { defineOp } from '../op/define-op.ts';
import { gelu } from './gelu.ts';

/** What stands between the two linear maps of a feed-forward layer. */
export type Activation = 'gelu' | 'geluTanh' | 'relu';

interface ActivationForms {
  /** On the tape, with a gradient. */
  readonly apply: (x: Tensor) => Tensor;
  /** For the inside of an op. */
  readonly value: (x: Tensor) => Tensor;
  /** Its value, and what becomes of a cotangent. */
  readonly withGradient: (x: Tensor) => { readonly value: Tensor; readonly back: (dy: Tensor) => Tensor };
}

/** Nothing comes back through a unit that is off, whatever came to it: not slope 0 times an infinite cotangent, as tfjs's own relu has it. */
const throughActive = (x: Tensor, dy: Tensor): Tensor => where(greater(x, scalar(0)), dy, zerosLike(dy));

const reluOp = defineOp({
  name: 'LongspanRelu',
  forward: ([x]: readonly [Tensor], _: object) => [relu(x)],
  save: { inputs: [0] },
  gradient: ({ inputs: [x] }, [dy]) => [throughActive(x, dy)],
});

const scaled = ({ value, derivative }: { readonly value: Tensor; readonly derivative: Tensor }) => ({
  value,
  back: (dy: Tensor): Tensor => mul(dy, derivative),
});

export const activations: Readonly<Record<Activation, ActivationForms>> = {
  gelu: { apply: (x) => gelu(x, 'none'), value: (x) => geluValue(x, 'none'), withGradient: (x) => scaled(geluWithDerivative(x, 'none')) },
  geluTanh: {
    apply: (x) => gelu(x, 'tanh'),
    value: (x) => geluValue(x, 'tanh'),
    withGradient: (x) => scaled(geluWithDerivative(x, 'tanh')),
  },
  relu: {
    apply: (x) => reluOp([x], {})[0],
    value: (x) => relu(x),
    withGradient: (x) => ({ value: relu(x), back: (dy) => throughActive(x, dy) }),
  },
};
