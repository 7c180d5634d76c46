import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { ConfigError, isList, requireCountOfNumbers, requireInteger, requireKnown, show } from '../error/index.ts';

export interface SinusoidalOptions {
  /** How sines and cosines are laid out: 'interleaved' (sin, cos, sin, …; the Transformer; default) or 'concatenated' (all sines first; Transformer-XL). */
  readonly style?: 'interleaved' | 'concatenated' | undefined;
  /** The longest wavelength in units of 2π tokens; 10,000 by default. */
  readonly base?: number | undefined;
}

/**
 * Makes the sinusoidal encoding of positions. Not learned; angles are computed in float64.
 * @param positions how many from 0, or the positions themselves (Transformer-XL counts down from the oldest key; halves are allowed)
 * @returns [positions, width]
 * @throws ConfigError when the width is odd or no size
 * @cost O(positions · width) on the host
 * @source Vaswani et al. 2017 (arXiv 1706.03762) §3.5; Dai et al. 2019 (arXiv 1901.02860), `PositionalEmbedding` of the authors' code
 * @example
 * await sinusoidalPositions(1, 4).data(); // => [0, 1, 0, 1]
 * await sinusoidalPositions([0], 4, { style: 'concatenated' }).data(); // => [0, 0, 1, 1]
 */
export function sinusoidalPositions(positions: number | ArrayLike<number>, width: number, options: SinusoidalOptions = {}): Tensor2D {
  const caller = 'sinusoidalPositions';
  requireKnown(caller, options, { style: true, base: 'positive' });
  const { style = 'interleaved', base = 10_000 } = options;
  if (typeof positions !== 'number') requirePositions(caller, positions);
  requireInteger(caller, typeof positions === 'number' ? { positions, width } : { width }, 1);
  if (width % 2 !== 0) {
    throw new ConfigError({
      caller,
      problem: 'width must be even.',
      expected: 'an even number: a sine and a cosine for each frequency',
      got: String(width),
      remedy: `use ${width + 1}, and leave the last feature out.`,
    });
  }
  if (style !== 'interleaved' && style !== 'concatenated') {
    throw new ConfigError({
      caller,
      problem: "style must be 'half' or 'interleaved'.",
      expected: "'interleaved' or 'concatenated'",
      got: show(style),
      remedy: "use 'interleaved' for the Transformer, 'concatenated' for Transformer-XL.",
    });
  }
  requireCountOfNumbers(caller, [typeof positions === 'number' ? positions : positions.length, width]);
  const all = typeof positions === 'number' ? Array.from({ length: positions }, (_, position) => position) : Array.from(positions);
  const pairs = width / 2;
  const wavelengths = Array.from({ length: pairs }, (_, pair) => base ** ((2 * pair) / width));
  const table = new Float32Array(all.length * width);
  all.forEach((position, row) => {
    for (let pair = 0; pair < pairs; pair++) {
      const angle = position / (wavelengths[pair] as number);
      const sine = row * width + (style === 'interleaved' ? 2 * pair : pair);
      table[sine] = Math.sin(angle);
      table[sine + (style === 'interleaved' ? 1 : pairs)] = Math.cos(angle);
    }
  });
  return tensor2d(table, [all.length, width]);
}

function requirePositions(caller: string, positions: ArrayLike<number>): void {
  if (isList(positions) && Array.from(positions).every(Number.isFinite)) return;
  throw new ConfigError({
    caller,
    problem: 'positions must be a number of positions, or a list of them.',
    expected: 'an integer, or a list of finite numbers',
    got: show(positions),
    remedy: 'give how many positions there are from 0 on, or the positions themselves.',
  });
}
