import type { HeadingRule } from './headings.ts';

export interface TextParagraph {
  /** Where it ends, the blank lines after it included; it begins where the one before ends. */
  readonly end: number;
  readonly isHeading: boolean;
}

/** A line end, white space, and another line end at least: what lies between paragraphs. */
const blankLines = /(?:\r\n|[\n\r\u2028\u2029])(?:[^\S\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029]))+[^\S\n\r\u2028\u2029]*|\u2029/g;
/** A Markdown heading and the end of its line: it is a paragraph of its own even without blank lines around it. */
const markdownLine = /^ {0,3}#{1,6}[^\S\n\r\u2028]+\S[^\n\r\u2028]*(?:\r\n|[\n\r\u2028]|$)/gm;

/**
 * Cuts a text at blank lines, and around Markdown headings. Always at least one paragraph; they cover the text.
 */
export function textParagraphs(text: string, heading: HeadingRule): readonly TextParagraph[] {
  const ends: number[] = [];
  for (const gap of text.matchAll(blankLines)) {
    const end = (gap.index as number) + gap[0].length;
    // Blank lines at the very beginning belong to the first paragraph, those at the end to the last.
    if (text.slice(ends.at(-1) ?? 0, gap.index).trim() !== '') ends.push(end);
  }
  if (ends.length === 0 || text.slice(ends.at(-1)).trim() !== '') ends.push(text.length);
  else ends[ends.length - 1] = text.length;
  let start = 0;
  return ends.flatMap((end) => {
    const parts = cutAroundHeadings(text, { start, end }, heading);
    start = end;
    return parts;
  });
}

function cutAroundHeadings(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  heading: HeadingRule,
): readonly TextParagraph[] {
  const block = text.slice(start, end);
  const cuts: number[] = [0];
  for (const line of block.matchAll(markdownLine)) {
    if (!heading(line[0].trim())) continue;
    for (const cut of [line.index, line.index + line[0].length]) {
      // Not where only white space would be left on one side.
      if (block.slice(cuts.at(-1), cut).trim() !== '' && block.slice(cut).trim() !== '') cuts.push(cut);
    }
  }
  return cuts.map((cut, at) => {
    const next = cuts[at + 1] ?? block.length;
    return { end: start + next, isHeading: heading(block.slice(cut, next).trim()) };
  });
}
