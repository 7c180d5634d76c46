import { widthAt } from '../aligned-text.ts';
import { matchesOf, patternOf } from '../pattern/pattern.ts';
import type { Fields } from '../step-json.ts';
import { badFile } from '../step-json.ts';
import { behaviors, cutBy, forEachPart, type Pieces, type PreTokenizer } from './pieces.ts';

const blanks = matchesOf(/\p{White_Space}/gu);
const punctuation = matchesOf(/[\p{P}!-/:-@[-`{-~]/gu);
const wordsOrSigns = matchesOf(
  /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu,
);
const numerals = matchesOf(/\p{N}/gu);

/** BERT's: at blanks, and every sign of punctuation alone. */
export const bertWords = (): PreTokenizer => (pieces) => cutBy(cutBy(pieces, blanks, 'Removed'), punctuation, 'Isolated');

/** Runs of letters and digits, and runs of what is neither a letter nor a blank. */
export const whitespace = (): PreTokenizer => (pieces) => only(pieces, wordsOrSigns);

export const whitespaceSplit = (): PreTokenizer => (pieces) => cutBy(pieces, blanks, 'Removed');

export function punctuationSplit(fields: Fields): PreTokenizer {
  const behavior = fields.one('behavior', behaviors, 'Isolated');
  return (pieces) => cutBy(pieces, punctuation, behavior);
}

export function digits(fields: Fields): PreTokenizer {
  const behavior = fields.flag('individual_digits', false) ? 'Isolated' : 'Contiguous';
  return (pieces) => cutBy(pieces, numerals, behavior);
}

export function delimiterSplit(fields: Fields): PreTokenizer {
  const matches = patternOf(fields.where, fields.text('delimiter'));
  return (pieces) => cutBy(pieces, matches, 'Removed');
}

export function split(fields: Fields): PreTokenizer {
  const matches = patternOf(fields.where, fields.json['pattern']);
  const behavior = fields.one('behavior', behaviors, 'Isolated');
  const isInverted = fields.flag('invert', false);
  return (pieces) => cutBy(pieces, matches, behavior, isInverted);
}

export function fixedLength(fields: Fields): PreTokenizer {
  const length = fields.count('length', 5);
  if (length === 0) throw badFile('length of the FixedLength must be at least 1.', 'an integer of at least 1', '0');
  return (pieces) => {
    const bounds: number[] = [];
    forEachPart(pieces, (begin, end) => {
      for (let at = begin; at < end; ) {
        let to = at;
        for (let count = 0; count < length && to < end; count += 1) to += widthAt(pieces.text.text, to);
        bounds.push(at, to);
        at = to;
      }
    });
    return { text: pieces.text, bounds };
  };
}

/** The matches alone. */
function only(pieces: Pieces, matches: (text: string) => Iterable<readonly [number, number]>): Pieces {
  const bounds: number[] = [];
  forEachPart(pieces, (begin, end) => {
    for (const [from, to] of matches(pieces.text.text.slice(begin, end))) bounds.push(begin + from, begin + to);
  });
  return { text: pieces.text, bounds };
}
