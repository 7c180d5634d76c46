import { stopGradient } from '@longspan/core-tensor';
import { cast, equal, expandDims, matMul, range, reshape, type Tensor, type Tensor2D, tensor2d, tile } from '@tensorflow/tfjs-core';

/** A table by row and column, made on the host. */
export const table = (rows: number, columns: number, value: (row: number, column: number) => number): Tensor2D =>
  tensor2d(
    Float32Array.from({ length: rows * columns }, (_, at) => value(Math.floor(at / columns), at % columns)),
    [rows, columns],
  );

/** Rows that are sums of rows: [m, n] x [.., n, c] -> [.., m, c]. */
export function mixed(matrix: Tensor2D, x: Tensor): Tensor {
  const leading = x.shape.slice(0, -2);
  return matMul(tile(reshape(matrix, [...leading.map(() => 1), ...matrix.shape]), [...leading, 1, 1]), x);
}

/** 1 at each index, else 0; all 0 where there is no such index: int32 [..] -> [.., depth]. */
export const oneHots = (indices: Tensor, depth: number): Tensor =>
  cast(equal(expandDims(stopGradient(indices), -1), range(0, depth, 1, 'int32')), 'float32');

/** How many equal parts of that size there are, the last one perhaps shorter. */
export const partsOf = (length: number, size: number): number => Math.ceil(length / size);

/** [parts, length]: rows that take the mean of each part. */
export const partMeans = (length: number, size: number): Tensor2D =>
  table(partsOf(length, size), length, (part, at) => (Math.floor(at / size) === part ? 1 / Math.min(size, length - part * size) : 0));

/** What is said of parts, said of all that is in them: [.., parts] -> [.., length]. */
export function spread(ofParts: Tensor, length: number, size: number): Tensor {
  const parts = ofParts.shape.at(-1) as number;
  const members = table(parts, length, (part, at) => Number(Math.floor(at / size) === part));
  return reshape(matMul(reshape(ofParts, [-1, parts]), members), [...ofParts.shape.slice(0, -1), length]);
}
