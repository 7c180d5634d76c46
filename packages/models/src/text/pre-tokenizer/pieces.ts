import type { AlignedText } from '../aligned-text.ts';
import type { Place } from '../place.ts';

/** A text and the parts that it is cut into so far, in order and without overlaps; what stands between them is left out. */
export interface Pieces {
  readonly text: AlignedText;
  /** Begin and end of each part, in units of `text`; none is empty. */
  readonly bounds: readonly number[];
}

/** Cuts each part further, or rewrites it. */
export type PreTokenizer = (pieces: Pieces, place: Place) => Pieces;

/** What becomes of what a pattern matches: the words of tokenizer.json. */
export const behaviors = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
export type Behavior = (typeof behaviors)[number];

/**
 * Cuts every part at what is matched in it.
 * @param isInverted what is matched and what stands between change places: matches beside each other stay apart
 */
export function cutBy(
  pieces: Pieces,
  matches: (part: string) => Iterable<readonly [number, number]>,
  behavior: Behavior,
  isInverted = false,
): Pieces {
  const bounds: number[] = [];
  forEachPart(pieces, (begin, end) => {
    for (const [from, to] of partsBy(pieces.text.text.slice(begin, end), matches, behavior, isInverted)) {
      if (to > from) bounds.push(begin + from, begin + to);
    }
  });
  return { text: pieces.text, bounds };
}

export function forEachPart({ bounds }: Pieces, visit: (begin: number, end: number) => void): void {
  for (let at = 0; at < bounds.length; at += 2) visit(bounds[at] ?? 0, bounds[at + 1] ?? 0);
}

interface Part {
  begin: number;
  end: number;
  readonly isMatch: boolean;
}

function* partsBy(
  part: string,
  matches: (part: string) => Iterable<readonly [number, number]>,
  behavior: Behavior,
  isInverted: boolean,
): Iterable<readonly [number, number]> {
  if (isInverted) {
    const parts = all(part, matches).map(({ begin, end, isMatch }) => ({ begin, end, isMatch: !isMatch }));
    for (const { begin, end } of behaved(parts, behavior)) yield [begin, end];
    return;
  }
  if (behavior === 'Isolated' || behavior === 'Removed') {
    let from = 0;
    for (const [begin, end] of matches(part)) {
      if (begin > from) yield [from, begin];
      if (behavior === 'Isolated') yield [begin, end];
      from = end;
    }
    yield [from, part.length];
    return;
  }
  for (const { begin, end } of behaved(all(part, matches), behavior)) yield [begin, end];
}

function behaved(parts: readonly Part[], behavior: Behavior): readonly Part[] {
  if (behavior === 'Isolated') return parts;
  return behavior === 'Removed' ? parts.filter(({ isMatch }) => !isMatch) : merged(parts, behavior);
}

function all(part: string, matches: (part: string) => Iterable<readonly [number, number]>): readonly Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const [begin, end] of matches(part)) {
    if (begin > from) parts.push({ begin: from, end: begin, isMatch: false });
    parts.push({ begin, end, isMatch: true });
    from = end;
  }
  if (from < part.length) parts.push({ begin: from, end: part.length, isMatch: false });
  return parts;
}

/** @source `NormalizedString::split` of Hugging Face tokenizers: of several matches in a row only the first is merged */
function merged(parts: readonly Part[], behavior: 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous'): readonly Part[] {
  const made: Part[] = [];
  const isBackward = behavior === 'MergedWithNext';
  let wasMatch = false;
  for (const { begin, end, isMatch } of isBackward ? [...parts].reverse() : parts) {
    const last = made.at(-1);
    const joins = behavior === 'Contiguous' ? isMatch === wasMatch : isMatch && !wasMatch;
    if (joins && last !== undefined) {
      if (isBackward) last.begin = begin;
      else last.end = end;
    } else made.push({ begin, end, isMatch });
    wasMatch = isMatch;
  }
  return isBackward ? made.reverse() : made;
}
