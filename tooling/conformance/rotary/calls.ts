import type { RotaryAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { integer, magnitude } from '../../arbitrary/index.ts';
import type { ContractCall } from '../contract/call.ts';
import { floats, normals, type Operand } from '../contract/operand.ts';

export interface RotarySizes {
  readonly batch: number;
  readonly heads: number;
  readonly tokens: number;
  readonly features: number;
  readonly hasTablePerBatchRow?: boolean | undefined;
}

const tableShape = ({ batch, tokens, features, hasTablePerBatchRow }: RotarySizes): number[] =>
  hasTablePerBatchRow ? [batch, 1, tokens, features] : [tokens, features];

/** The cosines or sines of positions that differ from row to row. */
function angles(sizes: RotarySizes, { style, rotaryDim }: RotaryAttributes, of: (angle: number) => number): Operand {
  const shape = tableShape(sizes);
  const values = Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, at) => {
    const [row, feature] = [Math.floor(at / sizes.features), at % sizes.features];
    const pair = style === 'half' ? feature % (rotaryDim / 2) : feature >> 1;
    return of(feature < rotaryDim ? (3 * row + 1) * 100 ** ((-2 * pair) / rotaryDim) : 0);
  });
  return floats(values, shape);
}

/** By the tables of positions. */
export const rotaryCall = (
  label: string,
  sizes: RotarySizes,
  attributes: RotaryAttributes,
  more: Partial<ContractCall<RotaryAttributes>> = {},
): ContractCall<RotaryAttributes> => ({
  label,
  operands: () => [
    normals(`x of ${label}`, [sizes.batch, sizes.heads, sizes.tokens, sizes.features]),
    angles(sizes, attributes, Math.cos),
    angles(sizes, attributes, Math.sin),
  ],
  attributes,
  ...more,
});

/** By tables of any numbers, which differ in the two features of a pair. */
export const handmadeCall = (label: string, sizes: RotarySizes, attributes: RotaryAttributes): ContractCall<RotaryAttributes> => ({
  label,
  operands: () => [
    normals(`x of ${label}`, [sizes.batch, sizes.heads, sizes.tokens, sizes.features]),
    normals(`cosines of ${label}`, tableShape(sizes)),
    normals(`sines of ${label}`, tableShape(sizes)),
  ],
  attributes,
  looser: 8,
});

export const anyRotaryCall = (longest: number): Arbitrary<ContractCall<RotaryAttributes>> =>
  fc
    .record({
      batch: integer(1, 3),
      heads: integer(1, 3),
      tokens: magnitude(1, longest),
      pairs: magnitude(1, Math.max(1, Math.min(40, longest))),
      rest: fc.constantFrom(0, 0, 1, 2, 4, 13),
      style: fc.constantFrom('half' as const, 'interleaved' as const),
      hasTablePerBatchRow: fc.boolean(),
    })
    .map(({ pairs, rest, style, ...sizes }) =>
      handmadeCall(
        JSON.stringify({ pairs, rest, style, ...sizes }),
        { ...sizes, features: 2 * pairs + rest },
        { style, rotaryDim: 2 * pairs },
      ),
    );
