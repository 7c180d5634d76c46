import type { AdamWStepAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { magnitude } from '../../arbitrary/index.ts';
import { anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { normals } from '../contract/operand.ts';

export interface AdamWStepSizes {
  /** Of each parameter of the list. */
  readonly shapes: readonly (readonly number[])[];
  /** How large the gradients are. */
  readonly scale: number;
  readonly step: number;
  readonly weightDecay: number;
}

/** Moments are as large as the gradients: their allowance is relative to them. */
export const adamWStepCall = (
  label: string,
  { shapes, scale, step, weightDecay }: AdamWStepSizes,
  more: Partial<ContractCall<AdamWStepAttributes>> = {},
): ContractCall<AdamWStepAttributes> => ({
  label,
  operands: () =>
    shapes.flatMap((shape, at) => [
      normals(`parameter ${at} of ${label}`, shape),
      normals(`gradient ${at} of ${label}`, shape, (x) => scale * x),
      normals(`first moment ${at} of ${label}`, shape, (x) => scale * x),
      normals(`second moment ${at} of ${label}`, shape, (x) => Math.fround(scale * x) ** 2),
    ]),
  attributes: { learningRate: 0.02, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay, step },
  scales: { 'first moment': scale, 'second moment': scale ** 2 },
  ...more,
});

export const anyAdamWStepCall = (longest: number): Arbitrary<ContractCall<AdamWStepAttributes>> =>
  fc
    .record({
      shapes: fc.array(fc.tuple(magnitude(1, longest), anyWidth(longest)), { minLength: 1, maxLength: 4 }),
      step: magnitude(1, 1000),
      weightDecay: fc.constantFrom(0, 0.1),
    })
    // A second moment that chance made small moves its parameter by far more than 1, and another may be what is left of such a move.
    .map((sizes) => adamWStepCall(JSON.stringify(sizes), { scale: 1, ...sizes }, { growsWithLargest: true }));
