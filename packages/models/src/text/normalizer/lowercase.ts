import { byCharacter } from './by-character.ts';
import type { Normalizer } from './normalizer.ts';

/** Lower case, character by character: a final sigma is no exception, as in Rust's char::to_lowercase. */
export const lowercase: Normalizer = byCharacter((character) => character.toLowerCase(), {
  run: /\p{ASCII}+/uy,
  of: (text) => text.toLowerCase(),
});
