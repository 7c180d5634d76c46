import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { TensorPart } from './encode.ts';

/** Rows of a tensor, from `first` on. */
export interface RowPart {
  readonly first: number;
  readonly count: number;
}

type Limits = Pick<GPUSupportedLimits, 'maxStorageBufferBindingSize'>;

/** As many rows of any width begin at a multiple of 256 bytes, where a binding may begin. */
const step = 64;

/**
 * The rows in parts of which each fits into one binding of the device, where their widest tensor has so many bytes in a row; none where there
 * are no rows.
 */
export function rowParts({ maxStorageBufferBindingSize }: Limits, rows: number, bytesPerRow: number): readonly RowPart[] {
  const most = Math.floor(maxStorageBufferBindingSize / Math.max(1, bytesPerRow));
  const length = most >= rows ? rows : Math.max(step, most - (most % step));
  const parts: RowPart[] = [];
  for (let first = 0; first < rows; first += length) parts.push({ first, count: Math.min(length, rows - first) });
  return parts;
}

/** Those rows of a tensor that has so many bytes in a row. */
export const partOf = (tensor: TensorInfo, { first, count }: RowPart, bytesPerRow: number): TensorPart => ({
  tensor,
  offset: first * bytesPerRow,
  size: count * bytesPerRow,
});

/** Why rows cannot be bound even in parts, as a sentence without a full stop; null where they can. */
export function unboundRows({ maxStorageBufferBindingSize }: Limits, rows: number, bytesPerRow: number): string | null {
  const bytes = Math.min(rows, step) * bytesPerRow;
  return bytes > maxStorageBufferBindingSize
    ? `${step} of its rows have ${bytes} bytes, and the device binds ${maxStorageBufferBindingSize}`
    : null;
}
