import type { MuonStepAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { magnitude } from '../../arbitrary/index.ts';
import type { ContractCall } from '../contract/call.ts';
import { normals } from '../contract/operand.ts';

export interface MuonStepSizes {
  /** Of each matrix of the list. */
  readonly shapes: readonly (readonly [rows: number, columns: number])[];
  /** How large gradients and momenta are: 0 for a step along nothing. */
  readonly scale: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly iterations: number;
}

/** A step moves numbers of 1 by thousandths: its own rounding shows at the size of the direction. */
export const muonStepCall = (
  label: string,
  { shapes, scale, momentum, weightDecay, iterations }: MuonStepSizes,
): ContractCall<MuonStepAttributes> => ({
  label,
  operands: () =>
    shapes.flatMap((shape, at) => [
      normals(`parameter ${at} of a step of Muon, ${label}`, shape),
      normals(`gradient ${at} of a step of Muon, ${label}`, shape, (x) => scale * x),
      normals(`momentum ${at} of a step of Muon, ${label}`, shape, (x) => scale * x),
    ]),
  attributes: { learningRate: 0.1, momentum, weightDecay, iterations },
  scales: { momentum: 0.1 * scale },
});

/** The definition's products are in plain code: matrices stay small. */
export const anyMuonStepCall = (longest: number): Arbitrary<ContractCall<MuonStepAttributes>> => {
  const side = magnitude(1, Math.min(longest, 70));
  return fc
    .record({
      shapes: fc.array(fc.tuple(side, side), { minLength: 1, maxLength: 3 }),
      momentum: fc.constantFrom(0, 0.95),
      weightDecay: fc.constantFrom(0, 0.1),
      iterations: fc.constantFrom(1, 5),
    })
    .map((sizes) => muonStepCall(JSON.stringify(sizes), { scale: 1, ...sizes }));
};
