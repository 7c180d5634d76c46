import { listed } from './caches.ts';
import { RecentlyUsed } from './recently-used.ts';

/**
 * Keeps what was made for the last few texts, so that equal calls meet the same objects (and the layout cache its masks).
 * @param name whose cache it is and what it holds, for `caches`
 * @param limit how many are kept; the one that was used longest ago goes first
 * @example
 * const squares = remember<{ readonly value: number }>('example squares');
 * squares('3', () => ({ value: 9 })) === squares('3', () => ({ value: 9 })); // => true
 */
export function remember<Value extends object>(name: string, limit = 16): (text: string, make: () => Value) => Value {
  const kept = new RecentlyUsed<string, Value>(limit);
  const cache = listed({
    name,
    clear: () => kept.clear(),
    of: (text: string, make: () => Value): Value => {
      const known = kept.get(text);
      if (known !== undefined) return known;
      const made = make();
      kept.set(text, made);
      return made;
    },
  });
  return (text, make) => cache.of(text, make);
}

/**
 * Keeps what was made from each object, for as long as that object lives.
 * @param name whose cache it is and what it holds, for `caches`
 * @example
 * const sizeOf = rememberByIdentity('example sizes', (list: readonly number[]) => ({ size: list.length }));
 * const list = [1, 2];
 * sizeOf(list) === sizeOf(list); // => true
 */
export function rememberByIdentity<From extends object, Value extends object>(
  name: string,
  make: (from: From) => Value,
): (from: From) => Value {
  let kept = new WeakMap<From, Value>();
  const cache = listed({
    name,
    clear: () => {
      kept = new WeakMap();
    },
    of: (from: From): Value => {
      const known = kept.get(from);
      if (known !== undefined) return known;
      const made = make(from);
      kept.set(from, made);
      return made;
    },
  });
  return (from) => cache.of(from);
}
