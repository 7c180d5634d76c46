import type { HeadingRule } from './headings.ts';

export interface TextParagraph {
  /** Where it ends, the blank lines after it included; it begins where the one before ends. */
  readonly end: number;
  readonly isHeading: boolean;
}

/** A line end, white space, and another line end at least: what lies between paragraphs. CR LF is one line end, and never two. */
const blankLines =
  /(?:\r\n|\r(?!\n)|[\n\u2028\u2029])(?:[^\S\n\r\u2028\u2029]*(?:\r\n|\r(?!\n)|[\n\u2028\u2029]))+[^\S\n\r\u2028\u2029]*|\u2029/g;
/** A Markdown heading and the end of its line: it is a paragraph of its own even without blank lines around it. */
const markdownLine = /^ {0,3}#{1,6}[^\S\n\r\u2028]+\S[^\n\r\u2028]*(?:\r\n|[\n\r\u2028]|$)/gm;

/**
 * Cuts a text at blank lines, and around Markdown headings. Always at least one paragraph; they cover the text.
 */
export function textParagraphs(text: string, heading: HeadingRule): readonly TextParagraph[] {
  const ends: number[] = [];
  const hasInk = inkIn(text);
  for (const gap of text.matchAll(blankLines)) {
    const end = (gap.index as number) + gap[0].length;
    // Blank lines at the very beginning belong to the first paragraph, those at the end to the last.
    if (hasInk(ends.at(-1) ?? 0, gap.index)) ends.push(end);
  }
  if (ends.length === 0 || hasInk(ends.at(-1) as number, text.length)) ends.push(text.length);
  else ends[ends.length - 1] = text.length;
  let start = 0;
  return ends.flatMap((end) => {
    const parts = cutAroundHeadings(text, { start, end }, heading);
    start = end;
    return parts;
  });
}

/** Whether a part of a text holds more than white space. Of parts that begin one after the other it looks at each character once. */
function inkIn(text: string): (start: number, end: number) => boolean {
  let ink = 0;
  return (start, end) => {
    ink = Math.max(ink, start);
    while (ink < text.length && /\s/.test(text[ink] as string)) ink++;
    return ink < end;
  };
}

function cutAroundHeadings(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  heading: HeadingRule,
): readonly TextParagraph[] {
  const block = text.slice(start, end);
  const cuts: number[] = [0];
  const hasInk = inkIn(block);
  const lastInk = block.trimEnd().length;
  for (const line of block.matchAll(markdownLine)) {
    if (!heading(line[0].trim())) continue;
    for (const cut of [line.index, line.index + line[0].length]) {
      // Not where only white space would be left on one side.
      if (hasInk(cuts.at(-1) as number, cut) && cut < lastInk) cuts.push(cut);
    }
  }
  return cuts.map((cut, at) => {
    const next = cuts[at + 1] ?? block.length;
    return { end: start + next, isHeading: heading(block.slice(cut, next).trim()) };
  });
}
