import type { AdamWStepAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { magnitude } from '../../arbitrary/index.ts';
import { anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { normals } from '../contract/operand.ts';

export interface AdamWStepSizes {
  readonly shape: readonly number[];
  /** How large the gradients are. */
  readonly scale: number;
  readonly step: number;
  readonly weightDecay: number;
}

/** Moments are as large as the gradients: their allowance is relative to them. */
export const adamWStepCall = (label: string, { shape, scale, step, weightDecay }: AdamWStepSizes): ContractCall<AdamWStepAttributes> => ({
  label,
  operands: () => [
    normals(`parameter of ${label}`, shape),
    normals(`gradient of ${label}`, shape, (x) => scale * x),
    normals(`first moment of ${label}`, shape, (x) => scale * x),
    normals(`second moment of ${label}`, shape, (x) => Math.fround(scale * x) ** 2),
  ],
  attributes: { learningRate: 0.02, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay, step },
  scales: { 'first moment': scale, 'second moment': scale ** 2 },
});

export const anyAdamWStepCall = (longest: number): Arbitrary<ContractCall<AdamWStepAttributes>> =>
  fc
    .record({ rows: magnitude(1, longest), width: anyWidth(longest), step: magnitude(1, 1000), weightDecay: fc.constantFrom(0, 0.1) })
    .map(({ rows, width, ...options }) =>
      adamWStepCall(JSON.stringify({ rows, width, ...options }), { shape: [rows, width], scale: 1, ...options }),
    );
