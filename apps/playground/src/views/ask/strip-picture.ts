import type { Picture, Shape } from '../../picture/shapes.ts';
import { mostListed, type Passage, type Passages, type Way, ways } from './passages.ts';

/** What each way is called, in the strip and beside it. */
export const wayTitles: Readonly<Record<Way, string>> = { both: 'together', vectors: 'vectors', words: 'words' };

const [left, top, lineHeight, between, right] = [66, 24, 24, 6, 6];
const lineTop = (line: number): number => top + line * (lineHeight + between);
const bottom = lineTop(ways.length) - between;

export interface StripView {
  readonly passages: Passages;
  /** Where sections begin, and the end of the last one. */
  readonly sections: Int32Array;
  /** The first line of each. */
  readonly headings: readonly string[];
  /** Characters of the document. */
  readonly length: number;
  readonly by: Way;
  readonly chosen: Passage | undefined;
  /** What of the text is in sight, characters. */
  readonly sight: readonly [number, number] | undefined;
}

/** The way whose line is at a height. */
export const wayAt = (y: number): Way | undefined => ways[Math.floor((y - top) / (lineHeight + between))];

const xOf = (place: number, length: number, width: number): number => left + (place / Math.max(1, length)) * (width - left - right);

/** About how wide a letter is. */
const letterWidth = 7.2;

/** As much of a heading as there is room for; nothing where that would be a few letters. */
function fitting(heading: string, width: number): string {
  const letters = Math.floor(width / letterWidth);
  if (heading.length <= letters) return heading;
  return letters < 10 ? '' : `${heading.slice(0, letters - 1).trimEnd()}…`;
}

/** The passage of a line that lies nearest to a place along the strip; undefined where there is none. */
export function nearest(passages: readonly Passage[], x: number, length: number, width: number): number | undefined {
  const place = ((x - left) / Math.max(1, width - left - right)) * length;
  const distance = ({ start, end }: Passage): number => Math.max(0, start - place, place - end);
  const best = passages.reduce<{ at: number; far: number } | undefined>((found, passage, at) => {
    const far = distance(passage);
    return found === undefined || far < found.far ? { at, far } : found;
  }, undefined);
  return best?.at;
}

/**
 * Where in the document matches lie: a line for each way to find, the listed passages strong and the others faint; the borders of sections behind
 * them, and what is in sight.
 */
export function stripPicture({ passages, sections, headings, length, by, chosen, sight }: StripView, width: number): Picture {
  const x = (place: number): number => xOf(place, length, width);
  const box = (start: number, end: number, y: number, height: number) => {
    const wide = Math.max(2.5, x(end) - x(start));
    return { kind: 'box' as const, x: Math.min(x(start), width - right - wide), y, width: wide, height };
  };
  const shapes: Shape[] = ways.map((_, line) => ({
    kind: 'box',
    x: left,
    y: lineTop(line),
    width: width - left - right,
    height: lineHeight,
    ink: 'faint',
    opacity: 0.35,
  }));
  const every = Math.ceil(sections.length / 400);
  for (let at = 1; at < sections.length - 1; at += every) {
    const border = x(sections[at] as number);
    shapes.push({
      kind: 'line',
      from: [border, top - 4],
      to: [border, bottom + 4],
      ink: 'soft',
      opacity: sections.length > 60 ? 0.3 : 0.6,
    });
  }
  headings.forEach((heading, at) => {
    const [from, to] = [x(sections[at] as number), x(sections[at + 1] as number)];
    const label = fitting(heading, to - from - 8);
    if (label !== '') shapes.push({ kind: 'words', x: from + (at === 0 ? 0 : 3), y: 12, text: label, ink: 'soft' });
  });
  if (sight !== undefined) {
    shapes.push({ ...box(sight[0], sight[1], top - 4, bottom - top + 8), ink: 'third', opacity: 0.9, hollow: true });
  }
  const isByWords = passages.both.length === 0 && passages.vectors.length === 0 && passages.words.length > 0;
  ways.forEach((way, line) => {
    const y = lineTop(line);
    if (isByWords && way !== 'words')
      shapes.push({
        kind: 'words',
        x: (left + width - right) / 2,
        y: y + lineHeight / 2 + 4,
        text: 'once the model has read it',
        ink: 'soft',
        anchor: 'middle',
      });
    shapes.push({
      kind: 'words',
      x: left - 8,
      y: y + lineHeight / 2 + 4,
      text: wayTitles[way],
      ink: way === by ? 'ink' : 'soft',
      anchor: 'end',
      ...(way === by ? { bold: true } : {}),
    });
    passages[way].forEach(({ start, end }, rank) => {
      const opacity = rank < mostListed ? 1 - 0.07 * rank : 0.2;
      shapes.push({ ...box(start, end, y + 3, lineHeight - 6), ink: 'first', opacity: way === by ? opacity : 0.75 * opacity });
    });
    if (chosen !== undefined && passages[way].some(({ start, end }) => start === chosen.start && end === chosen.end))
      shapes.push({ ...box(chosen.start, chosen.end, y, lineHeight), ink: 'second' });
  });
  shapes.push({ kind: 'words', x: left, y: bottom + 20, text: '0', ink: 'soft' });
  shapes.push({
    kind: 'words',
    x: width - right,
    y: bottom + 20,
    text: `${length.toLocaleString('en')} characters`,
    ink: 'soft',
    anchor: 'end',
  });
  return { width, height: bottom + 26, shapes };
}
