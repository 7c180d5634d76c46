import type { FeedForwardInputs } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type RowPart, rowParts, unboundRows } from '../../encode/row-parts.ts';

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

/** Why the device is too small, as a sentence without a full stop; null where it is not. Rows are bound in parts, weights whole. */
export function unsupported(limits: Limits, [x, innerWeight]: FeedForwardInputs): string | null {
  const { rows, width, innerRow } = sizesOf(x, innerWeight);
  const { maxStorageBufferBindingSize: most } = limits;
  const bytes = 4 * Math.max(innerWeight.size, innerRow);
  if (bytes > most) return `one of its weights has ${bytes} bytes, and the device binds ${most}`;
  return unboundRows(limits, rows, 4 * width);
}

/** Rows whose inner activation is there at one time. */
export interface Chunk {
  /** The rows that are bound, of which it is some. */
  readonly part: RowPart;
  /** Rows of the part before its first. */
  readonly first: number;
  readonly count: number;
}

/** All rows in chunks of as many as are asked for, or as a binding holds. */
export function chunksOfRows(limits: Limits, { rows, width, innerRow }: Sizes, chunkLength: number): readonly Chunk[] {
  const length = Math.min(chunkLength, Math.floor(limits.maxStorageBufferBindingSize / (4 * innerRow)));
  const chunks: Chunk[] = [];
  for (const part of rowParts(limits, rows, 4 * width)) {
    for (let first = 0; first < part.count; first += length) chunks.push({ part, first, count: Math.min(length, part.count - first) });
  }
  return chunks;
}
