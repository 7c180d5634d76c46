import type { LinearAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';
import { gelu } from '../gelu/definition.ts';

/** The linear map of rows and its gradients, in float64: y = x · weightᵀ + bias. */
export const define: Define<LinearAttributes> = ([x, weight, bias], { activation }) => {
  const [before, matrix] = [x as Values, weight as Values];
  const read = Array.from(before.values, (value) => (activation ? activations[activation](value) : { value, slope: 1 }));
  const given = { shape: before.shape, values: read.map(({ value }) => value) };
  const [out, width] = matrix.shape as [number, number];
  const rows = given.values.length / width;
  return {
    outputs: [{ shape: [...given.shape.slice(0, -1), out], values: mapped(given.values, matrix, bias?.values) }],
    gradients: ([dy]) => [
      rowsGradient(dy as ArrayLike<number>, matrix).map((each, at) => each * (read[at] as { readonly slope: number }).slope),
      weightGradient(dy as ArrayLike<number>, given.values, { rows, width, out }),
      ...(bias === undefined ? [] : [columnSums(dy as ArrayLike<number>, out)]),
    ],
  };
};

/** What stands between two linear maps, and its slope. */
export const activations = {
  gelu: (x: number) => gelu(x, 'none'),
  geluTanh: (x: number) => gelu(x, 'tanh'),
  relu: (x: number) => ({ value: Math.max(0, x), slope: x > 0 ? 1 : 0 }),
} as const;

/** x · weightᵀ + bias. */
export function mapped(x: ArrayLike<number>, { shape, values }: Values, bias?: ArrayLike<number>): Float64Array {
  const [out, width] = shape as [number, number];
  const rows = x.length / width;
  const y = new Float64Array(rows * out);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < out; column++) {
      let sum = bias?.[column] ?? 0;
      for (let at = 0; at < width; at++) sum += (x[row * width + at] as number) * (values[column * width + at] as number);
      y[row * out + column] = sum;
    }
  }
  return y;
}

/** dy · weight. */
export function rowsGradient(dy: ArrayLike<number>, { shape, values }: Values): Float64Array {
  const [out, width] = shape as [number, number];
  const rows = dy.length / out;
  const dx = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < out; column++) {
      const factor = dy[row * out + column] as number;
      for (let at = 0; at < width; at++) dx[row * width + at]! += factor * (values[column * width + at] as number);
    }
  }
  return dx;
}

/** dyᵀ · x. */
export function weightGradient(
  dy: ArrayLike<number>,
  x: ArrayLike<number>,
  { rows, width, out }: { readonly rows: number; readonly width: number; readonly out: number },
): Float64Array {
  const sums = new Float64Array(out * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < out; column++) {
      const factor = dy[row * out + column] as number;
      for (let at = 0; at < width; at++) sums[column * width + at]! += factor * (x[row * width + at] as number);
    }
  }
  return sums;
}

export function columnSums(values: ArrayLike<number>, width: number): Float64Array {
  const sums = new Float64Array(width);
  for (let at = 0; at < values.length; at++) sums[at % width]! += values[at] as number;
  return sums;
}
