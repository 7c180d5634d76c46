import type { LayerNormAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';

/** y = (x − mean) / √(variance + epsilon) · weight + bias, for each row; where the root is 0, so is 1 / root. */
export const define: Define<LayerNormAttributes> = ([x, ...affine], { epsilon, hasWeight, hasBias }) => {
  const { shape, values } = x as Values;
  const width = shape.at(-1) as number;
  const weight = hasWeight ? affine[0]?.values : undefined;
  const bias = hasBias ? affine.at(-1)?.values : undefined;
  const factor = (column: number): number => weight?.[column] ?? 1;
  const rows = values.length / width;
  const normal = new Float64Array(values.length);
  const inverse = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const own = Array.from({ length: width }, (_, column) => values[row * width + column] as number);
    const mean = sumOf(own) / width;
    const root = Math.sqrt(sumOf(own.map((each) => (each - mean) ** 2)) / width + epsilon);
    inverse[row] = root === 0 ? 0 : 1 / root;
    own.forEach((each, column) => {
      normal[row * width + column] = (each - mean) * (inverse[row] as number);
    });
  }
  return {
    outputs: [{ shape, values: normal.map((each, at) => each * factor(at % width) + (bias?.[at % width] ?? 0)) }],
    gradients([cotangent]) {
      const dy = cotangent as ArrayLike<number>;
      const [dWeight, dBias] = [new Float64Array(width), new Float64Array(width)];
      const dx = new Float64Array(values.length);
      for (let row = 0; row < rows; row++) {
        const [from, own] = [row * width, [...normal.subarray(row * width, (row + 1) * width)]];
        const scaled = own.map((_, column) => (dy[from + column] as number) * factor(column));
        const mean = sumOf(scaled) / width;
        const along = sumOf(scaled.map((each, column) => each * (own[column] as number))) / width;
        own.forEach((each, column) => {
          dWeight[column]! += (dy[from + column] as number) * each;
          dBias[column]! += dy[from + column] as number;
          dx[from + column] = ((scaled[column] as number) - mean - each * along) * (inverse[row] as number);
        });
      }
      return [dx, ...(hasWeight ? [dWeight] : []), ...(hasBias ? [dBias] : [])];
    },
  };
};

const sumOf = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0);
