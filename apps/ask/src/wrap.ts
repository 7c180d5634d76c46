const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Signs that a terminal draws two columns wide: East Asian wide ones, and pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;

/** How many columns of a terminal a text on one line takes. */
export const columnsOf = (text: string): number =>
  /^[\x20-\x7e]*$/.test(text) ? text.length : signsOf(text).reduce((sum, sign) => sum + widthOf(sign), 0);

const widthOf = (sign: string): number => (wide.test(sign) ? 2 : 1);
const signsOf = (text: string): readonly string[] => Array.from(graphemes.segment(text), ({ segment }) => segment);

/**
 * Breaks a text of one line between words into lines; a word that is longer than a line is broken anywhere.
 * @param first how many columns of the first line are taken already
 * @param lines how many there may be; what is left out then is marked by …
 */
export function wrapped(
  text: string,
  { width, first = 0, lines }: { readonly width: number; readonly first?: number; readonly lines: number },
): readonly string[] {
  const made: string[] = [''];
  let taken = first;
  let isCut = false;
  for (const word of text.split(' ').flatMap((each) => partsOf(each, width))) {
    const columns = columnsOf(word);
    const gap = made.at(-1) === '' ? 0 : 1;
    if (taken + gap + columns <= width) {
      made[made.length - 1] += `${gap === 0 ? '' : ' '}${word}`;
      taken += gap + columns;
    } else if (made.length < lines) {
      made.push(word);
      taken = columns;
    } else {
      isCut = true;
      break;
    }
  }
  if (isCut) made[made.length - 1] = ending(made.at(-1) as string, width - (made.length === 1 ? first : 0));
  return made;
}

/** A word in parts that fit into lines. */
function partsOf(word: string, width: number): readonly string[] {
  if (columnsOf(word) <= width) return [word];
  const parts: string[] = [''];
  for (const sign of signsOf(word)) {
    if (columnsOf(parts.at(-1) as string) + widthOf(sign) > width) parts.push('');
    parts[parts.length - 1] += sign;
  }
  return parts;
}

/** The beginning of a line and …, in so many columns. */
function ending(line: string, width: number): string {
  const signs = [...signsOf(line)];
  while (signs.length > 0 && columnsOf(signs.join('')) + 2 > width) signs.pop();
  return `${signs.join('').trimEnd()} …`;
}
