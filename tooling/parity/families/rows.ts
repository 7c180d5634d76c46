import type { SafetensorsEntry } from '@longspan/core-tensor';
import { valuesOf } from '../fixture.ts';

/** A stored [rows, columns] tensor as lists: what masks are made of is data of the host. */
export function rowsOf(entry: SafetensorsEntry): readonly (readonly number[])[] {
  const { shape, values } = valuesOf(entry);
  const [rows, columns] = shape;
  if (rows === undefined || columns === undefined || shape.length !== 2)
    throw new Error(`the tensor must be [rows, columns], got [${shape.join(', ')}]`);
  return slices(values, rows);
}

/** A stored [a, b, c] tensor as lists of lists of lists. */
export function blocksOf(entry: SafetensorsEntry): readonly (readonly (readonly number[])[])[] {
  const { shape, values } = valuesOf(entry);
  const [outer, rows] = shape;
  if (outer === undefined || rows === undefined || shape.length !== 3)
    throw new Error(`the tensor must have three axes, got [${shape.join(', ')}]`);
  return slices(values, outer).map((matrix) => slices(matrix, rows));
}

function slices(values: readonly number[], count: number): number[][] {
  const size = values.length / count;
  return Array.from({ length: count }, (_, at) => values.slice(at * size, (at + 1) * size));
}
