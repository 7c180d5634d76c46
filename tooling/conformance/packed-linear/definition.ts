import type { PackedKind, PackedLinearAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';
import { columnSums, mapped, rowsGradient } from '../linear/definition.ts';

/** The linear map by a packed weight, and the gradients of x and of the bias, in float64. */
export const define =
  (kind: PackedKind): Define<PackedLinearAttributes> =>
  (operands, { width }) => {
    const [x, numbers, ...others] = operands as readonly [Values, Values, ...Values[]];
    const [scale, bias] = kind === 'int8' ? others : [undefined, ...others];
    const out = numbers.shape[0] as number;
    const weight = { shape: [out, width], values: weightOf(kind, numbers, width, scale?.values) };
    return {
      outputs: [{ shape: [...x.shape.slice(0, -1), out], values: mapped(x.values, weight, bias?.values) }],
      gradients: ([dy]) => [
        rowsGradient(dy as ArrayLike<number>, weight),
        null,
        ...(kind === 'int8' ? [null] : []),
        ...(bias === undefined ? [] : [columnSums(dy as ArrayLike<number>, out)]),
      ],
    };
  };

/** The numbers of the weight, row by row. */
function weightOf(kind: PackedKind, { shape, values }: Values, width: number, scale: ArrayLike<number> | undefined): Float64Array {
  const [out, words] = shape as [number, number];
  const count = kind === 'float16' ? 2 : 4;
  return Float64Array.from({ length: out * width }, (_, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    const word = values[row * words + Math.floor(column / count)] as number;
    if (kind === 'float16') return half((word >>> (16 * (column % 2))) & 0xffff);
    return (scale?.[row] as number) * ((word << (24 - 8 * (column % 4))) >> 24);
  });
}

/** @source IEEE 754-2019, binary16 */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}
