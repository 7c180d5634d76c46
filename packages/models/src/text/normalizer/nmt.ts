import { byCharacter } from './by-character.ts';
import type { Normalizer } from './normalizer.ts';

/** Sentencepiece's nmt: control characters go, blanks of all kinds become spaces. */
export const nmt: Normalizer = byCharacter(
  (character) => {
    if (/[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]/.test(character)) return '';
    return /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/.test(character) ? ' ' : character;
  },
  { run: /[\t\n\f\r -~]+/y, of: (text) => text.replace(/[\t\n\f\r]/g, ' ') },
);
