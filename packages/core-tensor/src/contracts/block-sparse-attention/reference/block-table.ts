import { pad, reshape, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { rowsOf } from '../../../tensor/rows-of.ts';

/** Which blocks of a table to bring together: `rows` lists of `width` blocks. */
export interface BlockIndex {
  readonly rows: number;
  readonly width: number;
  /** Flat block numbers [rows · width], where the host knows them. */
  readonly host: Int32Array | undefined;
  /** The same on the device, int32 [rows, width]. */
  readonly device: Tensor;
}

/** Reads blocks of a sequence: [rows, width · B, features]. */
export type BlockTable = (index: BlockIndex) => Tensor;

/** Cuts [b, heads, n, features] in blocks of B tokens, padded by zeros; block number `(b · heads + head) · blocks + block`. */
export function blockTable(x: Tensor, blocks: number, blockSize: number): BlockTable {
  const [, , length = 0, features = 1] = x.shape;
  const missing = blocks * blockSize - length;
  const padded =
    missing === 0
      ? x
      : pad(x, [
          [0, 0],
          [0, 0],
          [0, missing],
          [0, 0],
        ]);
  const table = reshape(padded, [-1, blockSize * features]);
  return ({ rows, width, host, device }) =>
    reshape(rowsOf(table, host ? tensor(host, [host.length], 'int32') : device), [rows, width * blockSize, features]);
}
