import {
  ConfigError,
  inNameOf,
  isList,
  isRecord,
  isStamped,
  requireInteger,
  requireIntegers,
  requireKind,
  requireKnown,
  show,
  stamped,
} from '@longspan/core-tensor/error';
import type { Span } from '@longspan/core-tensor/layout';
import { requireSegments, type TextSegments, type TextUnits } from '../text/segment-text.ts';
import { type Groups, groupsFromBoundaries, requireGroups } from './groups.ts';

/** A tree of units over tokens, level by level: each level is cut into groups by the one above. */
export interface Levels {
  /** Lowest first: ['token', 'word', 'sentence', 'paragraph', 'document']. */
  readonly names: readonly string[];
  /** Units of each level. */
  readonly counts: readonly number[];
  /** groups[l] cuts the units of level l into those of level l + 1: one fewer than levels. */
  readonly groups: readonly Groups[];
}

export type TextLevel = 'word' | 'sentence' | 'paragraph' | 'section';

/**
 * Levels by their boundaries, lowest first.
 * @throws ConfigError when the boundaries of one level do not end where the next has its last unit
 * @example
 * const levels = levelsOf({ names: ['word', 'sentence', 'text'], offsets: [[0, 3, 5], [0, 2]] });
 * levels.counts; // => [5, 2, 1]
 */
export function levelsOf(options: { readonly names: readonly string[]; readonly offsets: readonly ArrayLike<number>[] }): Levels {
  requireKnown('levelsOf', options, { names: true, offsets: true });
  const { names, offsets } = options;
  requireKind('levelsOf', 'names', names, 'list');
  for (const name of names) requireKind('levelsOf', 'names', name, 'text');
  requireKind('levelsOf', 'offsets', offsets, 'list');
  for (const [at, each] of offsets.entries()) requireIntegers('levelsOf', `offsets[${at}]`, each, 0);
  const groups = inNameOf('levelsOf', () => offsets.map((each) => groupsFromBoundaries(each)));
  const gap = groups.findIndex((each, at) => at > 0 && each.length !== groups[at - 1]?.count);
  if (groups.length === 0 || names.length !== groups.length + 1 || gap >= 0) {
    throw new ConfigError({
      caller: 'levelsOf',
      problem:
        gap >= 0
          ? `the offsets of ${names[gap + 1]} must end with the units of ${names[gap]}.`
          : 'names must have one name for each level.',
      expected:
        gap >= 0
          ? `offsets that end with ${groups[gap - 1]?.count}, the units of ${names[gap]}`
          : 'one name more than lists of offsets, at least 2',
      got: gap >= 0 ? `${groups[gap]?.length}` : `${names.length} names, ${groups.length} lists`,
      remedy: 'give, for each level but the lowest, where its units end, counted in units of the level below.',
    });
  }
  return stamped({ names: Array.from(names), counts: countsOf(groups), groups });
}

/**
 * The levels of a text over the tokens of any tokenizer, by character offsets: a token belongs to the unit of its first character
 * that is not white space, a token that stands nowhere (a special one) to that of the token before it.
 * @param spans where the tokens begin and end in the text, in order, UTF-16 code units; a special token, which stands nowhere, has any
 *   empty span. The words of the text by default, and then the level 'word' is the lowest
 * @param options.levels which of the text's levels to keep: word, sentence and paragraph by default; the whole text is always on top
 * @returns units without a token too, so that every unit keeps its number
 * @throws ConfigError when a token stands before the one before it, or beyond the text
 * @cost O(tokens + words) on the host
 * @example
 * const segments = segmentText('It rains. I wait.', { locale: 'en' });
 * const spans = [[0, 2], [2, 8], [8, 9], [9, 11], [11, 14], [14, 17], [0, 0]].map(([start, end]) => ({ start, end }));
 * const levels = textLevels(segments, { spans, levels: ['sentence'] });
 * [levels.names, Array.from(levels.groups[0].offsets)]; // => [['token', 'sentence', 'text'], [0, 3, 7]]
 */
export function textLevels(
  segments: TextSegments,
  options: { readonly spans?: readonly Span[] | undefined; readonly levels?: readonly TextLevel[] | undefined } = {},
): Levels {
  requireSegments('textLevels', segments);
  requireKnown('textLevels', options, { spans: 'list', levels: 'list' });
  const { spans, levels = ['word', 'sentence', 'paragraph'] } = options;
  const order: readonly TextLevel[] = ['word', 'sentence', 'paragraph', 'section'];
  const unknown = levels.find((level) => !order.includes(level));
  if (unknown !== undefined || (levels as readonly unknown[]).includes(undefined)) throw noLevel(unknown, order);
  for (const span of spans ?? []) {
    requireKind('textLevels', 'a span', span, 'record');
    requireKnown('textLevels span', span, { start: true, end: true });
    requireInteger('textLevels', { 'span.start': span.start, 'span.end': span.end }, 0);
  }
  const kept = order.filter((level) => levels.includes(level) && !(spans === undefined && level === 'word'));
  const units = kept.map((level) => segments[`${level}s`]);
  const tops = spans === undefined ? segments.words : undefined;
  const lowest = units[0] ?? whole(segments);
  const first = tops === undefined ? tokenBoundaries(segments.text, lowest, spans ?? []) : unitBoundaries(tops, lowest);
  const above = [...units.slice(1), ...(units.length === 0 ? [] : [whole(segments)])];
  const rest = above.map((upper, at) => unitBoundaries(units[at] as TextUnits, upper));
  return inNameOf('textLevels', () =>
    levelsOf({ names: [spans === undefined ? 'word' : 'token', ...kept, 'text'], offsets: [first, ...rest] }),
  );
}

const whole = ({ text }: TextSegments): TextUnits => ({ offsets: Int32Array.from([0, text.length]), count: 1 });

/** Where the units of the upper level end, counted in units of the lower one: both cut the same text, and the upper one at fewer places. */
function unitBoundaries(lower: TextUnits, upper: TextUnits): Int32Array {
  const boundaries = new Int32Array(upper.count + 1);
  let at = 0;
  for (let unit = 1; unit <= upper.count; unit++) {
    const end = upper.offsets[unit] as number;
    while (at < lower.count && (lower.offsets[at + 1] as number) <= end) at++;
    boundaries[unit] = at;
  }
  return boundaries;
}

/** Where the first character from a place on stands that is no white space. Places that ascend are looked for in one pass over the text. */
function inkFrom(text: string): (place: number) => number {
  let [from, found] = [0, 0];
  return (place) => {
    if (place < from || place > found) found = place;
    from = place;
    while (found < text.length && /\s/.test(text[found] as string)) found++;
    return found;
  };
}

function tokenBoundaries(text: string, units: TextUnits, spans: readonly Span[]): Int32Array {
  const counts = new Int32Array(units.count + 1);
  let unit = 0;
  const firstInk = inkFrom(text);
  spans.forEach(({ start, end }, token) => {
    if (start < end) {
      const first = firstInk(start);
      const place = first < end ? first : start;
      if (!Number.isInteger(start) || !Number.isInteger(end) || end > text.length || place < (units.offsets[unit] as number)) {
        throw new ConfigError({
          caller: 'textLevels',
          problem: `token ${token} must lie after the one before it, within the text.`,
          expected: `a span from ${units.offsets[unit]} to ${text.length}, in the order of the tokens`,
          got: `${start} to ${end}`,
          remedy:
            'give character offsets of this very text, counted in UTF-16 code units as JavaScript does; an empty span for special tokens.',
        });
      }
      while (unit + 1 < units.count && (units.offsets[unit + 1] as number) <= place) unit++;
    }
    counts[unit + 1] = (counts[unit + 1] as number) + 1;
  });
  for (let at = 1; at < counts.length; at++) counts[at] = (counts[at] as number) + (counts[at - 1] as number);
  return counts;
}

/**
 * Which tokens, units of level 0, each unit of a level holds.
 * @example
 * Array.from(tokensOfLevel(levelsOf({ names: ['a', 'b', 'c'], offsets: [[0, 3, 5], [0, 2]] }), 2).offsets); // => [0, 5]
 */
export function tokensOfLevel(levels: Levels, level: number): Groups {
  requireLevels('tokensOfLevel', 'levels', levels);
  const { names, groups } = levels;
  if (!Number.isInteger(level) || level < 1 || level > groups.length) {
    throw new ConfigError({
      caller: 'tokensOfLevel',
      problem: 'level must be a level above the tokens.',
      expected: `an integer from 1 (${names[1]}) to ${groups.length} (${names.at(-1)})`,
      got: show(level),
      remedy: 'levels.names tells which level is which.',
    });
  }
  const below = groups.slice(0, level - 1).reverse();
  const top = groups[level - 1] as Groups;
  return groupsFromBoundaries(
    below.reduce<Int32Array>((offsets, { offsets: lower }) => offsets.map((unit) => lower[unit] as number), top.offsets),
  );
}

/**
 * Packs several texts into one sequence, one after the other: each stays a tree of its own, so that its units attend to no other text.
 * @throws ConfigError when the texts have different levels
 * @example
 * const one = levelsOf({ names: ['word', 'text'], offsets: [[0, 2]] });
 * Array.from(joinLevels([one, one]).groups[0].offsets); // => [0, 2, 4]
 */
export function joinLevels(all: readonly Levels[]): Levels {
  requireKind('joinLevels', 'all', all, 'list');
  for (const each of all) requireLevels('joinLevels', 'all', each);
  const [first] = all;
  const other = all.find(({ names }) => names.join() !== first?.names.join());
  if (first === undefined || other !== undefined) {
    throw new ConfigError({
      caller: 'joinLevels',
      problem: first === undefined ? 'the list of texts must hold at least one.' : 'all texts must have the same levels.',
      expected: first === undefined ? 'at least one' : first.names.join(', '),
      got: other === undefined ? 'none' : other.names.join(', '),
      remedy: 'make the levels of all texts with the same options.',
    });
  }
  const offsets = first.groups.map((_, level) => {
    let end = 0;
    return [
      0,
      ...all.flatMap(({ groups }) => {
        const own = groups[level] as Groups;
        const start = end;
        end += own.length;
        return Array.from(own.offsets.subarray(1), (offset) => start + offset);
      }),
    ];
  });
  return inNameOf('joinLevels', () => levelsOf({ names: first.names, offsets }));
}

const noLevel = (level: unknown, order: readonly TextLevel[]): ConfigError =>
  new ConfigError({
    caller: 'textLevels',
    problem: `levels must be some of ${order.join(', ')}.`,
    expected: order.join(', '),
    got: show(level),
    remedy: 'leave it out for words, sentences and paragraphs.',
  });

/** Units of each level, of the groups above the lowest. */
const countsOf = (groups: readonly Groups[]): readonly number[] => [groups[0]?.length as number, ...groups.map(({ count }) => count)];

/** Whether names, counts and groups belong together: levels that came from a worker, say, are copies. */
function fitEachOther(caller: string, name: string, { names, counts, groups }: Levels): boolean {
  if (![names, counts, groups].every(isList) || groups.length === 0) return false;
  for (const [at, each] of groups.entries()) requireGroups(caller, `${name}.groups[${at}]`, each);
  const wanted = countsOf(groups);
  return (
    [names, counts].every((list) => list.length === wanted.length) &&
    names.every((each) => typeof each === 'string') &&
    wanted.every((count, level) => count === counts[level]) &&
    groups.every(({ length }, level) => length === counts[level])
  );
}

/** Throws unless it is what one of the functions that make levels gave. */
export function requireLevels(caller: string, name: string, levels: Levels): void {
  if (isStamped(levels) ? 'names' in levels : isRecord(levels) && fitEachOther(caller, name, levels)) return;
  throw new ConfigError({
    caller,
    problem: `${name} must be levels.`,
    expected: 'what levelsOf, textLevels or joinLevels gives',
    got: show(levels),
    remedy: 'give textLevels(segmentText(text)), or levelsOf({ names, offsets }).',
  });
}
