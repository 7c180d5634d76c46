import { byCharacter } from './by-character.ts';
import { byteCharacters, bytesOf } from './byte-characters.ts';
import type { Normalizer } from './normalizer.ts';

const escaped = /[^!-~]/g;

/** Every byte as a letter; each has the whole of its character as its range. */
export const byteLevel: Normalizer = byCharacter(bytesOf, {
  run: /\p{ASCII}+/uy,
  of: (text) => text.replace(escaped, (byte) => byteCharacters[byte.charCodeAt(0)] ?? byte),
});
