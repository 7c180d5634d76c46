import type { Fields } from '../step-json.ts';
import { byCharacter } from './by-character.ts';
import { lowercase } from './lowercase.ts';
import type { Normalizer } from './normalizer.ts';
import { stripNonspacing } from './strip-accents.ts';
import { unicodeForm } from './unicode-form.ts';

const cleanText = byCharacter(
  (character) => {
    if (/[\t\n\r]/.test(character)) return ' ';
    if (character === '\ufffd' || /[\p{Cc}\p{Cf}\p{Co}]/u.test(character)) return '';
    return /\p{White_Space}/u.test(character) ? ' ' : character;
  },
  { run: /[\t\n\r -~]+/y, of: (text) => text.replace(/[\t\n\r]/g, ' ') },
);

// U+2B920 and not U+2B820: as in the reference, whose tables have it so.
const ideographs =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/u;

const loneIdeographs: Normalizer = (old, place) => {
  if (!ideographs.test(old.text)) return old;
  return spaced(old, place);
};

const spaced = byCharacter((character) => (ideographs.test(character) ? ` ${character} ` : character), {
  run: /\p{ASCII}+/uy,
  of: (text) => text,
});

const decomposed = unicodeForm('NFD');

/** BERT's: blanks, control characters, blanks around ideographs, accents, lower case, each as the file says. */
export function bertNormalizer(fields: Fields): Normalizer {
  const isLower = fields.flag('lowercase', true);
  const steps: Normalizer[] = [];
  if (fields.flag('clean_text', true)) steps.push(cleanText);
  if (fields.flag('handle_chinese_chars', true)) steps.push(loneIdeographs);
  if (fields.flag('strip_accents', isLower)) steps.push(decomposed, stripNonspacing);
  if (isLower) steps.push(lowercase);
  return (text, place) => steps.reduce((old, step) => step(old, place), text);
}
