import { byCharacter } from './by-character.ts';
import type { Normalizer } from './normalizer.ts';

/** Sentencepiece's nmt: control characters go, blanks of all kinds become spaces. */
export const nmt: Normalizer = byCharacter(
  (character) => {
    if (isDropped(character.charCodeAt(0))) return '';
    return /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/.test(character) ? ' ' : character;
  },
  { run: /[\t\n\f\r -~]+/y, of: (text) => text.replace(/[\t\n\f\r]/g, ' ') },
);

const isDropped = (code: number): boolean =>
  (code >= 0x01 && code <= 0x08) || code === 0x0b || (code >= 0x0e && code <= 0x1f) || [0x7f, 0x8f, 0x9f].includes(code);
