import { ConfigError, requireInteger } from '@longspan/core-tensor/error';
import { requireTokens } from './require-tokens.ts';

/**
 * Cuts one long list of tokens into as many parts of one length as a batch has rows, so that every row of `segments` reads on in a part of its
 * own. What is left at the end, less than a token for each row, is dropped.
 * @param tokens in memory, as the text has them
 * @returns parts in their order: documents for `segments`
 * @throws ConfigError when there are fewer than two tokens for each row
 * @cost one copy of the tokens
 * @source batchify of PyTorch's word language model
 * @example
 * tracks([1, 2, 3, 4, 5], 2).map((part) => [...part]); // => [[1, 2], [3, 4]]
 */
export function tracks(tokens: ArrayLike<number>, batch: number): readonly Int32Array[] {
  const all = Int32Array.from(requireTokens('tracks', 'tokens', tokens));
  requireInteger('tracks', { batch }, 1);
  const length = Math.floor(all.length / batch);
  if (length < 2) {
    throw new ConfigError({
      caller: 'tracks',
      problem: 'there must be at least two tokens for each row.',
      expected: `${2 * batch} tokens or more`,
      got: String(all.length),
      remedy: 'take a smaller batch, or a longer text.',
    });
  }
  return Array.from({ length: batch }, (_, row) => all.subarray(row * length, (row + 1) * length));
}
