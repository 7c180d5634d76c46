import type { SgdStepAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { magnitude } from '../../arbitrary/index.ts';
import { anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { normals } from '../contract/operand.ts';

export interface SgdStepSizes {
  /** Of each parameter of the list. */
  readonly shapes: readonly (readonly number[])[];
  readonly momentum: number;
  readonly weightDecay: number;
}

export const sgdStepCall = (label: string, { shapes, momentum, weightDecay }: SgdStepSizes): ContractCall<SgdStepAttributes> => ({
  label,
  operands: () =>
    shapes.flatMap((shape, at) =>
      ['parameter', 'gradient', 'momentum'].map((operand) => normals(`${operand} ${at} of a step of SGD, ${label}`, shape)),
    ),
  attributes: { learningRate: 0.02, momentum, weightDecay },
});

export const anySgdStepCall = (longest: number): Arbitrary<ContractCall<SgdStepAttributes>> =>
  fc
    .record({
      shapes: fc.array(fc.tuple(magnitude(1, longest), anyWidth(longest)), { minLength: 1, maxLength: 4 }),
      momentum: fc.constantFrom(0, 0.9),
      weightDecay: fc.constantFrom(0, 0.1),
    })
    .map((sizes) => sgdStepCall(JSON.stringify(sizes), sizes));
