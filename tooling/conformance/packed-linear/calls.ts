import { createKey, randomBits } from '@longspan/core-tensor';
import type { PackedKind, PackedLinearAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { anyBatch, anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { ints, normals, type Operand } from '../contract/operand.ts';
import type { LinearSizes } from '../linear/calls.ts';

/** How many numbers a word holds, and in how many bits each. */
const perWord = { float16: { count: 2, bits: 16 }, int8: { count: 4, bits: 8 } } as const;

/** Numbers of a weight by their bits, row by row: the first of a word in its lowest bits, zeros behind a row's last. */
function packed(kind: PackedKind, bitsOf: (row: number, column: number) => number, [out, width]: readonly [number, number]): Operand {
  const { count, bits } = perWord[kind];
  const words = Math.ceil(width / count);
  const values = new Int32Array(out * words);
  for (let row = 0; row < out; row++) {
    for (let column = 0; column < width; column++) {
      const place = bits * (column % count);
      values[row * words + Math.floor(column / count)]! |= (bitsOf(row, column) & (2 ** bits - 1)) << place;
    }
  }
  return ints(values, [out, words]);
}

/** Of float16 any sign and fraction with sizes of 2⁻⁶ … 2, of int8 any integer. */
const drawn = (kind: PackedKind, word: number): number =>
  kind === 'float16' ? (word & 0x83ff) | ((9 + ((word >>> 16) % 7)) << 10) : word & 0xff;

/** A call of float16's contract or of int8's. */
export function packedLinearCall(
  kind: PackedKind,
  label: string,
  { batch, width, out, hasBias = true }: LinearSizes,
  { bitsOf, ...more }: Partial<ContractCall<PackedLinearAttributes>> & { bitsOf?: (row: number, column: number) => number } = {},
): ContractCall<PackedLinearAttributes> {
  return {
    label,
    operands: () => {
      const words = randomBits(createKey(`weight of ${label}`), Math.max(1, out * width));
      const bits = bitsOf ?? ((row: number, column: number) => drawn(kind, words[row * width + column] as number));
      return [
        normals(`x of ${label}`, [...batch, width]),
        packed(kind, bits, [out, width]),
        ...(kind === 'int8' ? [normals(`scale of ${label}`, [out], (x) => Math.fround((Math.abs(x) + 0.1) / 64))] : []),
        ...(hasBias ? [normals(`bias of ${label}`, [out])] : []),
      ];
    },
    attributes: { width },
    ...more,
  };
}

export const anyPackedLinearCall =
  (kind: PackedKind) =>
  (longest: number): Arbitrary<ContractCall<PackedLinearAttributes>> =>
    fc
      .record({ batch: anyBatch(longest), width: anyWidth(longest), out: anyWidth(longest), hasBias: fc.boolean() })
      .map((sizes) => packedLinearCall(kind, JSON.stringify(sizes), sizes, { growsWithLargest: true }));
