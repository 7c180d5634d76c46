/** Characters of a row, at the most. */
const longest = 1200;

/**
 * Where the rows begin in which a text is drawn, and where the last one ends: paragraphs, with the blank lines that follow them; long ones are cut
 * after a sentence, or at a blank, or wherever there is none.
 */
export function textRows(text: string): Int32Array {
  const rows = [0];
  const cutUpTo = (end: number): void => {
    let from = rows.at(-1) as number;
    while (end - from > longest) {
      from = cutWithin(text, from, from + longest);
      rows.push(from);
    }
    if (end > from) rows.push(end);
  };
  for (const { index, 0: blank } of text.matchAll(/\n[^\S\n]*\n\s*/g)) cutUpTo(index + blank.length);
  cutUpTo(text.length);
  return Int32Array.from(rows);
}

/** Looks at this row alone: to look back over a whole text for what it does not have, row by row, takes seconds. */
function cutWithin(text: string, from: number, to: number): number {
  const row = text.slice(from, to);
  for (const end of ['. ', '\n', ' ']) {
    const at = row.lastIndexOf(end);
    if (at > longest / 2) return from + at + end.length;
  }
  return /[\uD800-\uDBFF]$/.test(row) ? to - 1 : to;
}
