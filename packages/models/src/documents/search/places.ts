import type { TextSegments, TextUnits } from '@longspan/hierarchical';

/** A place in the document, without white space around it: document.slice(start, end) is its text. */
export interface TextPlace {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A section of the document. */
export interface SectionPlace {
  /** What it begins with, if that is a heading; '' for text before the first one. */
  readonly heading: string;
  readonly start: number;
  readonly end: number;
}

/** A unit without the white space around it. */
export const placeOf = (text: string, { offsets }: Pick<TextUnits, 'offsets'>, unit: number): TextPlace =>
  trimmed(text, offsets[unit] as number, offsets[unit + 1] as number);

/** A part of a text without the white space around it. */
export function trimmed(text: string, from: number, to: number): TextPlace {
  const whole = text.slice(from, to);
  const start = from + (whole.length - whole.trimStart().length);
  const inked = whole.trim();
  return { text: inked, start, end: start + inked.length };
}

/** The section that a place stands in, and its number. */
export function sectionAt(
  { text, sections, paragraphs, headings }: TextSegments,
  place: number,
): { readonly number: number; readonly place: SectionPlace } {
  const number = unitAt(sections, place);
  const [start, end] = [sections.offsets[number] as number, sections.offsets[number + 1] as number];
  const first = unitAt(paragraphs, start);
  return { number, place: { heading: headings[first] === 1 ? placeOf(text, paragraphs, first).text : '', start, end } };
}

/** Whether a place lies in a heading. */
export const isHeadingAt = ({ paragraphs, headings }: TextSegments, place: number): boolean => headings[unitAt(paragraphs, place)] === 1;

/** The unit that holds a place. */
function unitAt({ offsets, count }: TextUnits, place: number): number {
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] as number) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}
