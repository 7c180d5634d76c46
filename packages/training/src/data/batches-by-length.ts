import { ConfigError, requireInteger, requireIntegers, requireKnown } from '@longspan/core-tensor/error';
import { type Key, randomPermutation } from '@longspan/core-tensor/key';

export interface BatchByLengthOptions {
  /** Tokens that a batch has at most, padding among them. */
  readonly tokens: number;
  /** Draws the order of the batches, and which sequences of one length meet; without it the shortest come first, as they are listed. */
  readonly key?: Key | undefined;
}

/**
 * Puts sequences of similar length together, so that little is padded: sorted by length and cut where a further one would make a batch, padded
 * to its longest, too large. Each sequence comes once. An epoch of its own order takes a key of its own: `key.fold(epoch)`.
 * @param lengths tokens of each sequence
 * @returns batches of indices into the list
 * @throws ConfigError when a sequence is longer than a batch may be
 * @cost O(sequences · log sequences)
 * @source fairseq's max-tokens batches (Ott et al. 2019, arXiv 1904.01038)
 * @example
 * batchesByLength([5, 2, 4, 2], { tokens: 10 }); // => [[1, 3], [2, 0]]
 */
export function batchesByLength(lengths: ArrayLike<number>, options: BatchByLengthOptions): readonly (readonly number[])[] {
  const caller = 'batchesByLength';
  const all = requireIntegers(caller, 'lengths', lengths, 1);
  requireKnown(caller, options, { tokens: true, key: 'key' });
  const { tokens, key } = options;
  requireInteger(caller, { tokens }, 1);
  const longest = all.findIndex((length) => length > tokens);
  if (longest >= 0) {
    throw new ConfigError({
      caller,
      problem: 'every sequence must fit into a batch.',
      expected: `lengths of at most ${tokens} (tokens)`,
      got: `${all[longest]} at index ${longest}`,
      remedy: 'cut it, or let a batch have more tokens.',
    });
  }
  const order = key === undefined ? all.map((_, index) => index) : Array.from(randomPermutation(key.fold('sequences'), all.length));
  order.sort((one, other) => (all[one] as number) - (all[other] as number)); // stable: equal lengths stay in the order that was drawn
  const batches: number[][] = [];
  for (const index of order) {
    const open = batches.at(-1);
    if (open !== undefined && (open.length + 1) * (all[index] as number) <= tokens) open.push(index);
    else batches.push([index]);
  }
  if (key === undefined) return batches;
  return Array.from(randomPermutation(key.fold('batches'), batches.length), (at) => batches[at] as number[]);
}
