import type { RmsNormAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';

/** y = x / √(mean of x² + epsilon) · weight, for each row; where the root is 0, so is 1 / root. */
export const define: Define<RmsNormAttributes> = ([x, weight], { epsilon }) => {
  const { shape, values } = x as Values;
  const width = shape.at(-1) as number;
  const factor = (column: number): number => weight?.values[column] ?? 1;
  const rows = values.length / width;
  const inverse = Array.from({ length: rows }, (_, row) => {
    let squares = 0;
    for (let column = 0; column < width; column++) squares += (values[row * width + column] as number) ** 2;
    const root = Math.sqrt(squares / width + epsilon);
    return root === 0 ? 0 : 1 / root;
  });
  const normal = Float64Array.from(values, (each, at) => each * (inverse[Math.floor(at / width)] as number));
  return {
    outputs: [{ shape, values: normal.map((each, at) => each * factor(at % width)) }],
    gradients([cotangent]) {
      const dy = cotangent as ArrayLike<number>;
      const dWeight = new Float64Array(width);
      const dx = new Float64Array(values.length);
      for (let row = 0; row < rows; row++) {
        let along = 0;
        for (let column = 0; column < width; column++) {
          const at = row * width + column;
          dWeight[column]! += (dy[at] as number) * (normal[at] as number);
          along += ((dy[at] as number) * factor(column) * (normal[at] as number)) / width;
        }
        for (let column = 0; column < width; column++) {
          const at = row * width + column;
          dx[at] = ((dy[at] as number) * factor(column) - (normal[at] as number) * along) * (inverse[row] as number);
        }
      }
      return [dx, ...(weight === undefined ? [] : [dWeight])];
    },
  };
};
