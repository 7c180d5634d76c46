import type { LayerNormAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { anyBatch, anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { normals, type Operand } from '../contract/operand.ts';

interface More extends Partial<LayerNormAttributes> {
  readonly looser?: number;
  readonly growsWithLargest?: boolean;
}

export const layerNormCall = (
  label: string,
  x: () => Operand,
  { epsilon = 1e-5, hasWeight = true, hasBias = true, ...more }: More = {},
): ContractCall<LayerNormAttributes> => ({
  label,
  operands: () => {
    const given = x();
    const width = given.shape.at(-1) as number;
    return [
      given,
      ...(hasWeight ? [normals(`weight of ${label}`, [width])] : []),
      ...(hasBias ? [normals(`bias of ${label}`, [width])] : []),
    ];
  },
  attributes: { epsilon, hasWeight, hasBias },
  ...more,
});

/** Rows of at least 2 numbers: of few, that can be nearly alike, so that dividing by their deviation makes rounding larger. */
export const anyLayerNormCall = (longest: number): Arbitrary<ContractCall<LayerNormAttributes>> =>
  fc
    .record({ batch: anyBatch(longest), width: anyWidth(longest, 2), hasWeight: fc.boolean(), hasBias: fc.boolean() })
    .map(({ batch, width, ...affine }) => {
      const label = JSON.stringify({ batch, width, ...affine });
      const looser = width < 8 ? 500 : 10;
      return layerNormCall(label, () => normals(`x of ${label}`, [...batch, width]), { ...affine, looser, growsWithLargest: true });
    });
