import { requireInteger } from '../error/index.ts';

/**
 * Gives each head its ALiBi slope: the bias of a key at distance |p − j| is −slope · |p − j|. For a power of two of heads the
 * slopes are a geometric sequence that ends at 2⁻⁸; otherwise every other slope of twice as many heads fills up.
 * @returns [heads], descending within each of the two sequences
 * @throws ConfigError when heads is not an integer of at least 1
 * @cost O(heads)
 * @source Press et al. 2022 (arXiv 2108.12409) §3 and `get_slopes` of the authors' code
 * @example
 * Array.from(alibiSlopes(2)); // => [0.0625, 0.00390625]
 * Array.from(alibiSlopes(3)); // => [0.0625, 0.00390625, 0.25]
 */
export function alibiSlopes(heads: number): Float32Array {
  requireInteger('alibiSlopes', { heads }, 1, { atMost: 65_536, remedy: 'give the number of attention heads.' });
  const power = 2 ** (31 - Math.clz32(heads));
  const slopeOf = (head: number, of: number): number => 2 ** ((-8 * (head + 1)) / of);
  return Float32Array.from({ length: heads }, (_, head) => (head < power ? slopeOf(head, power) : slopeOf(2 * (head - power), 2 * power)));
}
