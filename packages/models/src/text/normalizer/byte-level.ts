import { byCharacter } from './by-character.ts';
import { byteCharacters, bytesOf } from './byte-characters.ts';
import type { Normalizer } from './normalizer.ts';

const escaped = /[\0- \x7f]/g;

/** Every byte as a letter; each has the whole of its character as its range. */
export const byteLevel: Normalizer = byCharacter(bytesOf, {
  run: /[\0-\x7f]+/y,
  of: (text) => text.replace(escaped, (byte) => byteCharacters[byte.charCodeAt(0)] ?? byte),
});
