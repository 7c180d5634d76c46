import { everything, globalTokens, keysAt, type Mask, slidingWindow } from '@longspan/attention-sparse';

/**
 * What heads are tried by: the first token alone; windows to the left, to the right and to both sides, from a block on and twice as wide
 * each, as long as they hide anything of the sample, without and with the first token as a global one; every token.
 */
export function defaultCandidates(longest: number, blockSize: number): readonly Mask[] {
  const windows: Mask[] = [];
  for (let width = blockSize; width < longest; width *= 2)
    for (const [left, right] of [
      [width, 0],
      [0, width],
      [width, width],
    ] as const)
      windows.push(slidingWindow({ left, right }));
  const first = globalTokens([0]);
  return [keysAt([0]), ...windows, ...windows.map((window) => window.or(first)), everything()];
}
