import { sliced } from '../aligned-text.ts';
import type { Fields } from '../step-json.ts';
import type { Normalizer } from './normalizer.ts';

/** Cuts blanks off the ends. */
export function strip(fields: Fields): Normalizer {
  const [left, right] = [fields.flag('strip_left', true), fields.flag('strip_right', true)];
  return (old, place) => {
    const begin = left && place.isStart ? (/^\p{White_Space}*/u.exec(old.text)?.[0].length ?? 0) : 0;
    let end = old.text.length;
    // From behind, for a pattern that ends in $ is tried at every blank.
    if (right && place.isEnd) while (end > begin && /\p{White_Space}/u.test(old.text.charAt(end - 1))) end -= 1;
    return begin === 0 && end === old.text.length ? old : sliced(old, begin, end);
  };
}
