import { byteLevel } from '../normalizer/byte-level.ts';
import { matchesOf } from '../pattern/pattern.ts';
import { whole } from '../place.ts';
import type { Fields } from '../step-json.ts';
import { withPrefix } from './metaspace.ts';
import { cutBy, forEachPart, type Pieces, type PreTokenizer } from './pieces.ts';

// GPT-2's, with Unicode's blanks: JavaScript's lack U+0085 and have U+FEFF.
const words = matchesOf(
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu,
);

/** GPT-2's: cut into words with the blank before them, then every byte as a letter. */
export function byteLevelWords(fields: Fields): PreTokenizer {
  const hasPrefix = fields.flag('add_prefix_space', true);
  const isCut = fields.flag('use_regex', true);
  return (given, place) => {
    const { text } = given.text;
    const begun = hasPrefix ? withPrefix(given, ' ', (begin) => text.charAt(begin) !== ' ' && (begin > 0 || place.isStart)) : given;
    return inBytes(isCut ? cutBy(begun, words, 'Isolated') : begun);
  };
}

function inBytes(pieces: Pieces): Pieces {
  const text = byteLevel(pieces.text, whole);
  if (text.text.length === pieces.text.text.length) return { text, bounds: pieces.bounds };
  // Where each character's letters begin.
  const places = new Int32Array(pieces.text.text.length + 1);
  let at = 0;
  for (let unit = 0; unit < pieces.text.text.length; unit += 1) {
    places[unit] = at;
    const code = pieces.text.text.charCodeAt(unit);
    // Of a pair, each half counts two of the four bytes.
    at += code < 0x80 ? 1 : code < 0x800 || (code & 0xf800) === 0xd800 ? 2 : 3;
  }
  places[pieces.text.text.length] = at;
  const bounds: number[] = [];
  forEachPart(pieces, (begin, end) => bounds.push(places[begin] ?? 0, places[end] ?? 0));
  return { text, bounds };
}
