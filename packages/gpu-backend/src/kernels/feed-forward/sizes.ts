import type { FeedForwardInputs } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { RowPart } from '../../encode/row-parts.ts';

export interface Sizes {
  readonly rows: number;
  readonly width: number;
  readonly inner: number;
  /** The width of the rows of the inner activation, a multiple of 4: what comes after `inner` is zeros. */
  readonly innerRow: number;
}

export function sizesOf(x: Tensor, innerWeight: Tensor): Sizes {
  const [inner, width] = innerWeight.shape as [number, number];
  return { rows: x.size / width, width, inner, innerRow: 4 * Math.ceil(inner / 4) };
}

type Limits = Pick<GPUSupportedLimits, 'maxStorageBufferBindingSize'>;

/** Why the device is too small, as a sentence without a full stop; null where it is not. */
export function unsupported({ maxStorageBufferBindingSize: most }: Limits, [x, innerWeight]: FeedForwardInputs): string | null {
  const { innerRow } = sizesOf(x, innerWeight);
  const bytes = 4 * Math.max(x.size, innerWeight.size, innerRow);
  return bytes > most ? `one of its tensors has ${bytes} bytes, and the device binds ${most}` : null;
}

/** The rows in chunks whose inner activation is there at one time: as many as are asked for, or as a binding holds. */
export function chunksOfRows(
  { maxStorageBufferBindingSize: most }: Limits,
  { rows, innerRow }: Sizes,
  chunkLength: number,
): readonly RowPart[] {
  const length = Math.min(chunkLength, Math.floor(most / (4 * innerRow)));
  const chunks: RowPart[] = [];
  for (let first = 0; first < rows; first += length) chunks.push({ first, count: Math.min(length, rows - first) });
  return chunks;
}
