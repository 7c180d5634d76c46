import { mostNumbers, requireInteger, requireKind } from '../error/index.ts';
import type { Key } from './key.ts';
import { threefry } from './threefry.ts';

/**
 * Draws 32-bit words. A longer draw from the same key begins with the shorter one, so draw once per key and split for the next.
 * @returns uint32 [count], each word uniform over 0 … 2³² − 1
 * @throws ConfigError when count is not an integer of 0 … 2²⁸
 * @cost 16 ns per two words (Node 20.20)
 * @source Threefry-2x32-20, Salmon et al. 2011; word i is half i mod 2 of counter floor(i / 2)
 * @example
 * [...randomBits(createKey(0), 2)]; // => [1797259609, 2579123966]
 */
export function randomBits(key: Key, count: number): Uint32Array {
  requireDraw('randomBits', key, count);
  const bits = new Uint32Array(count + (count % 2));
  const [key0, key1] = key.words;
  for (let at = 0; at < count; at += 2) threefry(key0, key1, at / 2, 0, bits, at);
  return bits.subarray(0, count);
}

/**
 * Draws numbers of [0, 1): multiples of 2⁻²⁴, all equally likely, so 1 never comes and 0 does.
 * @returns float32 [count]
 * @throws ConfigError when count is not an integer of 0 … 2²⁸
 * @cost 11 ns per number (Node 20.20)
 * @example
 * [...randomUniform(createKey(0), 2)]; // => [0.4184570908546448, 0.6004990339279175]
 */
export function randomUniform(key: Key, count: number): Float32Array {
  requireDraw('randomUniform', key, count);
  const bits = randomBits(key, count);
  const numbers = new Float32Array(count);
  for (let at = 0; at < count; at++) numbers[at] = ((bits[at] as number) >>> 8) * 2 ** -24;
  return numbers;
}

/** Throws unless that many words can be drawn from one key, and it is one. */
export function requireDraw(caller: string, key: Key, count: number): void {
  requireKind(caller, 'key', key, 'key');
  requireInteger(caller, { count }, 0, { atMost: mostNumbers, remedy: 'give the number of elements; split the key to draw more.' });
}
