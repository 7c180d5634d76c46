import { RecentlyUsed } from './recently-used.ts';

/**
 * Keeps what was made for the last few texts, so that equal calls meet the same objects (and the layout cache its masks).
 * @param limit how many are kept; the one that was used longest ago goes first
 */
export function remember<Value extends object>(limit = 16): (text: string, make: () => Value) => Value {
  const kept = new RecentlyUsed<string, Value>(limit);
  return (text, make) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const made = make();
    kept.set(text, made);
    return made;
  };
}
