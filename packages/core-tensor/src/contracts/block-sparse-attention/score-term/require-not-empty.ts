import type { Tensor } from '@tensorflow/tfjs-core';
import { ShapeError } from '../../../error/index.ts';

/** Refuses a table without numbers: an index that is held to its ends would still read one. */
export function requireNotEmpty(caller: string, option: string, { shape, size }: Tensor, remedy: string): void {
  if (size > 0) return;
  throw new ShapeError({
    caller,
    problem: `${option} must hold at least one number.`,
    expected: 'extents of at least 1',
    got: `[${shape.join(', ')}]`,
    remedy,
  });
}
