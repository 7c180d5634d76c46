import { broadcastOffsets, outShapeOf, type Product } from './product.ts';

/** A bias, or the slopes of prelu, laid over out: steps in elements (0 repeats), and an offset for each product of the batch. */
export interface Spread {
  readonly rowStep: number;
  readonly columnStep: number;
  readonly offsets: readonly number[];
}

/** How a tensor of that shape is broadcast over a product's out; undefined where it cannot be. */
export function spreadOver(product: Product, shape: readonly number[]): Spread | undefined {
  const outShape = outShapeOf(product);
  const missing = outShape.length - shape.length;
  const fits = missing >= 0 && shape.every((extent, axis) => extent === 1 || extent === outShape[axis + missing]);
  if (!fits) return undefined;
  const [rows = 1, columns = 1] = [shape.at(-2), shape.at(-1)];
  return {
    rowStep: rows === 1 ? 0 : columns,
    columnStep: columns === 1 ? 0 : 1,
    offsets: broadcastOffsets(shape.slice(0, -2), product.outBatch, rows * columns),
  };
}

/** Whether every row of every product gets the same. */
export const isPerColumn = ({ rowStep, offsets }: Spread): boolean => rowStep === 0 && offsets.every((offset) => offset === 0);
