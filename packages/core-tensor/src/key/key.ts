import { ConfigError, isList, mostNumbers, requireInteger, show, stamped } from '../error/index.ts';
import { threefry } from './threefry.ts';

/** Where random numbers come from: two words, immutable. What is drawn from a key depends on nothing but the key. */
export interface Key {
  /** Unsigned 32-bit; all there is to a key, so `keyFromWords(key.words)` restores it. */
  readonly words: readonly [number, number];
  /** That many new keys (2 by default), independent of each other and of what is drawn from this one; more keys begin with the same. */
  split(count?: number): Key[];
  /** The new key of that integer or name: a step, a layer, a batch row. */
  fold(data: number | string): Key;
}

// What a key's counters are used for. The draws themselves have 0 in the second counter word, so that no draw repeats a derived key.
const splitCounter = 0x01000000;
const numberCounter = 0x02000000;
const textCounter = 0x03000000;
const textEndCounter = 0x04000000;

/** Where named keys start: the ASCII letters "longspan", so that `createKey('a')` differs from every other key's fold. */
const textRoot = [0x6c6f6e67, 0x7370616e] as const;

/**
 * Makes the key of a seed. The same seed gives the same numbers, on every backend and in every process; nothing is global.
 * @param seed an integer, or any text
 * @throws ConfigError when a number is not whole or beyond 2⁵³
 * @cost about 1 µs; text one block of the generator per two characters
 * @example
 * createKey(7).fold('dropout').words; // => [729704902, 1570688417]
 */
export function createKey(seed: number | string): Key {
  if (typeof seed === 'string') return keyFromWords(foldText(textRoot, seed));
  requireTextOrInteger('createKey', 'the seed', seed);
  return keyFromWords([seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0]);
}

/**
 * Makes the key of the words of another, as they were stored in a file or sent to a worker.
 * @throws ConfigError when they are not two unsigned 32-bit numbers
 * @example
 * keyFromWords(createKey(7).words).fold(1).words[0] === createKey(7).fold(1).words[0]; // => true
 */
export function keyFromWords(words: readonly [number, number]): Key {
  if (!isList(words) || words.length !== 2 || words.some((word) => typeof word !== 'number' || word !== word >>> 0)) {
    throw new ConfigError({
      caller: 'keyFromWords',
      problem: 'the words of a key must be two unsigned 32-bit integers.',
      expected: 'two integers of 0 … 4294967295',
      got: show(words),
      remedy: 'give the words of a key, or createKey(seed).',
    });
  }
  const [first, second] = words;
  const block = (counter0: number, counter1: number): Key => keyFromWords(encrypt(words, counter0, counter1));
  return stamped({
    words: [first, second] as const,
    split(count = 2) {
      requireInteger('key.split', { count }, 0, { atMost: mostNumbers, remedy: 'give the number of keys; fold(data) makes one.' });
      return Array.from({ length: count }, (_, index) => block(index, splitCounter));
    },
    fold(data) {
      if (typeof data === 'string') return keyFromWords(foldText(words, data));
      requireTextOrInteger('key.fold', 'what is folded in', data);
      // Integers have 54 bits with their sign: 32 in the first counter word, 22 below the tag of the second.
      return block(data >>> 0, numberCounter | (Math.floor(data / 2 ** 32) & 0x3fffff));
    },
  } satisfies Key);
}

function encrypt([key0, key1]: readonly [number, number], counter0: number, counter1: number): readonly [number, number] {
  const out = new Uint32Array(2);
  threefry(key0, key1, counter0, counter1, out, 0);
  return [out[0] as number, out[1] as number];
}

/** Each two UTF-16 units, then the length, encrypted with what came of those before: unlike texts part at the first unlike unit. */
function foldText(words: readonly [number, number], text: string): readonly [number, number] {
  let folded = words;
  for (let at = 0; at < text.length; at += 2) {
    const second = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
    folded = encrypt(folded, (text.charCodeAt(at) << 16) | second, textCounter);
  }
  return encrypt(folded, text.length, textEndCounter);
}

function requireTextOrInteger(caller: string, what: string, value: number): void {
  if (Number.isSafeInteger(value)) return;
  throw new ConfigError({
    caller,
    problem: `${what} must be text or an integer.`,
    expected: 'text, or an integer of −(2⁵³ − 1) … 2⁵³ − 1',
    got: show(value),
    remedy: 'round it, or give it as text.',
  });
}
