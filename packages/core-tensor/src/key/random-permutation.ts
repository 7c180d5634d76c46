import { mostNumbers, requireInteger, requireKind } from '../error/index.ts';
import type { Key } from './key.ts';
import { threefry } from './threefry.ts';

/**
 * Draws an order of 0 … count − 1, every order equally likely up to the generator.
 * @returns int32 [count]
 * @throws ConfigError when count is not an integer of 0 … 2²⁸
 * @cost O(count); one word per element, and a further one where a word would favour some (less than 1 in 2³² / count)
 * @source Fisher & Yates 1938 as Durstenfeld 1964; words at or above the last multiple of the range are drawn again
 * @example
 * [...randomPermutation(createKey(0), 5)]; // => [3, 0, 1, 2, 4]
 */
export function randomPermutation(key: Key, count: number): Int32Array {
  requireKind('randomPermutation', 'key', key, 'key');
  requireInteger('randomPermutation', { count }, 0, { atMost: mostNumbers, remedy: 'give the number of elements.' });
  const order = Int32Array.from({ length: count }, (_, index) => index);
  const next = words(key);
  for (let last = count - 1; last > 0; last--) {
    const drawn = below(last + 1, next);
    const replaced = order[last] as number;
    order[last] = order[drawn] as number;
    order[drawn] = replaced;
  }
  return order;
}

/** The words of randomBits one by one, as many as are read. */
function words(key: Key): () => number {
  const [key0, key1] = key.words;
  const pair = new Uint32Array(2);
  let drawn = 0;
  return () => {
    if (drawn % 2 === 0) threefry(key0, key1, drawn / 2, 0, pair, 0);
    return pair[drawn++ % 2] as number;
  };
}

/** A number of 0 … range − 1, each equally likely if the words are. */
export function below(range: number, next: () => number): number {
  const limit = 2 ** 32 - (2 ** 32 % range);
  for (;;) {
    const word = next();
    if (word < limit) return word % range;
  }
}
