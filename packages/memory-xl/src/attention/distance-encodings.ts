import { sinusoidalPositions } from '@longspan/core-tensor';
import { requireCountOfNumbers, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import type { Tensor2D } from '@tensorflow/tfjs-core';

export interface DistanceEncodingsOptions {
  readonly width: number;
  /** How many different distances: from `distances − 1` down to 0. */
  readonly distances: number;
  /** Distances above this one are encoded as it is; all differ by default. */
  readonly maxDistance?: number | undefined;
}

/**
 * Transformer-XL's sinusoids of distances, the farthest first, so that the last row is a token's distance to itself.
 * Clamped distances need no rows: the attention reads row 0 for all that lie farther than the table.
 * @returns [min(distances, maxDistance + 1), width]: sines, then cosines
 * @throws ConfigError when the width is odd or a count is not possible
 * @cost O(rows · width) on the host
 * @source Dai et al. 2019 (arXiv 1901.02860) §3.3; `maxDistance` is `clamp_len` of the authors' code
 * @example
 * const r = distanceEncodings({ width: 2, distances: 9, maxDistance: 1 });
 * await r.array(); // => [[0.8414709848, 0.5403023059], [0, 1]]
 */
export function distanceEncodings(options: DistanceEncodingsOptions): Tensor2D {
  requireKnown('distanceEncodings', options, { width: true, distances: true, maxDistance: true });
  const { width, distances, maxDistance } = options;
  requireInteger('distanceEncodings', { width, distances }, 1);
  if (maxDistance !== undefined) requireInteger('distanceEncodings', { maxDistance }, 0);
  const rows = Math.min(distances, (maxDistance ?? Number.POSITIVE_INFINITY) + 1);
  requireCountOfNumbers('distanceEncodings', [rows, width]);
  return sinusoidalPositions(
    Array.from({ length: rows }, (_, row) => rows - 1 - row),
    width,
    { style: 'concatenated' },
  );
}
