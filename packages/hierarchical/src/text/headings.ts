import { requireKind } from '@longspan/core-tensor/error';

/** Says whether a paragraph is a heading. */
export type HeadingRule = (paragraph: string) => boolean;

const LONGEST_HEADING = 120;

/** Words that name parts of a book, each with a number after it. */
const partWord =
  /^(?:chapter|section|part|book|volume|appendix|act|scene|canto|kapitel|abschnitt|teil|buch|chapitre|partie|livre|tome|cap[ií]tulo|secci[oó]n|parte|libro|capitolo|sezione|hoofdstuk|deel|rozdzia[lł]|глава|часть|книга|том|раздел)\s+(?:\d+|[ivxlcdm]+|one|two|three|four|five|six|seven|eight|nine|ten)\b/iu;
const eastAsianPart = /^第\s*[0-9０-９〇零一二三四五六七八九十百千]+\s*[章節节部編编回話话卷]/u;
const markdown = /^#{1,6}\s+\S/;
/** `=====` or `-----` under a line. */
const underlined = /^[^\n]+\n\s*(?:={3,}|-{3,})$/;
const numbered = /^(?:\d+(?:\.\d+)*\.?|[IVXLCDM]+\.)\s+\p{Lu}[^\n]*[^\n.!?…。！？:;,]$/u;
const endOfSentence = /[.!?…。！？:;,]["'”’»)\]]*$/u;

/**
 * Whether a paragraph, white space around it taken off, is a heading: a Markdown heading; a line underlined by = or -; at most 120
 * characters on one line that begin with a word such as Chapter and a number, or with a number and a capital and do not end as a
 * sentence does, or that are written in capitals throughout.
 * @example
 * ['## Method', 'CHAPTER 1. Loomings.', '2.1 Data', 'THE WHALE', 'Call me Ishmael.'].map(isHeading); // => [true, true, true, true, false]
 */
export function isHeading(paragraph: string): boolean {
  requireKind('isHeading', 'paragraph', paragraph, 'text');
  if (underlined.test(paragraph)) return true;
  if (paragraph.length > LONGEST_HEADING || paragraph.includes('\n')) return false;
  if (markdown.test(paragraph) || partWord.test(paragraph) || eastAsianPart.test(paragraph) || numbered.test(paragraph)) return true;
  return isInCapitals(paragraph) && !endOfSentence.test(paragraph);
}

/** At least two letters that have a case, all of them upper. */
const isInCapitals = (text: string): boolean => /\p{Lu}.*\p{Lu}/u.test(text) && !/\p{Ll}/u.test(text);
