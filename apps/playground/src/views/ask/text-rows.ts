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

function cutWithin(text: string, from: number, to: number): number {
  const middle = (from + to) >> 1;
  const sentence = text.lastIndexOf('. ', to);
  if (sentence > middle) return sentence + 2;
  const line = text.lastIndexOf('\n', to);
  if (line > middle) return line + 1;
  const blank = text.lastIndexOf(' ', to);
  if (blank > middle) return blank + 1;
  const isPair = /[\uD800-\uDBFF]/.test(text.charAt(to - 1));
  return isPair ? to - 1 : to;
}
