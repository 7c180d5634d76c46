import { ConfigError, isRecord, requireInteger, show, stamped } from '@longspan/core-tensor/error';
import { type Cover, ofPositions, ofSpans, type Span } from '@longspan/core-tensor/layout';
import { literal } from '../algebra/call.ts';
import { described } from '../algebra/described.ts';
import { type Mask, sharedOf, varied } from '../algebra/mask.ts';
import type { MaskNode } from '../algebra/mask-node.ts';
import { requireMask } from '../algebra/require-mask.ts';
import { everything } from './everything.ts';

/** Names and lengths in tokens of what a sequence consists of, in its order: `{ text: 77, image: 196 }`. */
export type SegmentLengths = Readonly<Record<string, number>>;

export interface Segment extends Span {
  readonly name: string;
}

/** A sequence of queries and one of keys cut into named segments. */
export interface Segments {
  readonly queries: readonly Segment[];
  readonly keys: readonly Segment[];
  /**
   * The queries of one segment attend to the keys of another: all of them, or as `inside` says, for which positions begin at 0 in either
   * segment. No other query attends to anything: join several by `or`.
   * @throws ConfigError when there is no segment of that name
   */
  between(from: string, to: string, inside?: Mask): Mask;
}

/**
 * Names the parts of a sequence (text, image, video; a question and its documents), so that masks can say which of them attend to which.
 * Queries and keys of cross attention may have parts of their own; give `queryOffset: 0` then.
 * @param keys those of the queries by default
 * @throws ConfigError when a length is not an integer of at least 1, or a name is a number
 * @example
 * const parts = segments({ text: 3, image: 4 });
 * const mask = parts.between('text', 'text', causal()).or(parts.between('image', 'text')).or(parts.between('image', 'image', grid([2, 2]).neighbourhood({ radius: [0, 1] })));
 * drawMask(mask, { queryLength: 7 }).split('\n'); // => ['█······', '██·····', '███····', '█████··', '█████··', '███··██', '███··██']
 */
export function segments(queries: SegmentLengths, keys: SegmentLengths = queries): Segments {
  const [ofQueries, ofKeys] = [listOf('queries', queries), listOf('keys', keys)];
  const [own, others] = [queries, keys].map(literal) as [string, string];
  const lengths = own === others ? own : `${own}, ${others}`;
  return stamped({
    queries: ofQueries,
    keys: ofKeys,
    between: (from, to, inside = everything()) => {
      requireMask('segments.between', 'inside', inside);
      const [query, key] = [named(ofQueries, from, 'queries'), named(ofKeys, to, 'keys')];
      const ends = [from, to].map(literal).join(', ');
      const json = (of: MaskNode): MaskNode => ({ kind: 'segments', queries: pairsOf(ofQueries), keys: pairsOf(ofKeys), from, to, of });
      return between(`segments(${lengths}).between(${ends}`, query, key, inside, json);
    },
  });
}

/** Segments from what JSON holds: names with lengths, in order. */
export const segmentsOf = (queries: SegmentPairs, keys: SegmentPairs): Segments => segments(recordOf(queries), recordOf(keys));

function recordOf(pairs: SegmentPairs): SegmentLengths {
  const names = new Set<string>();
  const twice = pairs.find(([name]) => names.size === names.add(name).size);
  if (twice === undefined) return Object.fromEntries(pairs);
  throw new ConfigError({
    caller: 'segments',
    problem: 'the names of segments must be unique.',
    expected: 'each name once',
    got: `${show(twice[0])} twice`,
    remedy: 'give each part of the sequence a name of its own.',
  });
}

export type SegmentPairs = readonly (readonly [name: string, length: number])[];

const pairsOf = (list: readonly Segment[]): SegmentPairs => list.map(({ name, start, end }) => [name, end - start]);

function between(call: string, from: Segment, to: Segment, inside: Mask, json: (of: MaskNode) => MaskNode): Mask {
  const name = (): string => (inside.name === everything().name ? `${call})` : `${call}, ${inside.name})`);
  if (inside.heads * inside.batch > 1) {
    return varied({
      name,
      heads: inside.heads,
      batch: inside.batch,
      serialisable: inside.serialisable,
      combination: undefined,
      holds: inside,
      toJSON: () => json(inside.toJSON()),
      at: (at) => between(call, from, to, inside.select(at), json),
    });
  }
  return sharedOf({
    name,
    serialisable: inside.serialisable,
    combination: undefined,
    holds: inside,
    toJSON: () => json(inside.toJSON()),
    allows: ofPositions((query, key) => holds(from, query) && holds(to, key) && inside.allows(query - from.start, key - to.start)),
    cover: ofSpans('cover', (queries, keys) => {
      const [query, key] = [within(from, queries), within(to, keys)];
      if (query.start >= query.end || key.start >= key.end) return 'none';
      return coverOf(inside.cover(query, key), isWhole(query, queries) && isWhole(key, keys));
    }),
    describe: (queries, keys) => {
      const [query, key] = [within(from, queries), within(to, keys)];
      if (query.start >= query.end || key.start >= key.end) return { cover: 'none', pattern: '' };
      const { cover, pattern } = described(inside, query, key);
      const place = (segment: Segment, { start, end }: Span, all: Span): string =>
        `${start + segment.start - all.start},${end + segment.start - all.start}`;
      return {
        cover: coverOf(cover, isWhole(query, queries) && isWhole(key, keys)),
        pattern: pattern === undefined ? undefined : `${place(from, query, queries)};${place(to, key, keys)}:${pattern}`,
      };
    },
  });
}

const holds = ({ start, end }: Segment, position: number): boolean => position >= start && position < end;

/** The part of a span that lies in the segment, counted from the segment's beginning. */
const within = (segment: Segment, { start, end }: Span): Span => ({
  start: Math.max(start, segment.start) - segment.start,
  end: Math.min(end, segment.end) - segment.start,
});

/** The cover of a rectangle, of which that part lies in the segments. */
const coverOf = (ofPart: Cover, isAll: boolean): Cover => (ofPart === 'all' && !isAll ? 'some' : ofPart);

const isWhole = (part: Span, all: Span): boolean => part.end - part.start === all.end - all.start;

function listOf(side: string, lengths: SegmentLengths): readonly Segment[] {
  if (!isRecord(lengths)) {
    throw new ConfigError({
      caller: 'segments',
      problem: `the lengths of ${side} must be given by name.`,
      expected: '{ text: 77, image: 196 }',
      got: show(lengths),
      remedy: 'name every segment, with its number of tokens.',
    });
  }
  requireInteger('segments', lengths, 1);
  let start = 0;
  return Object.entries(lengths).map(([name, length]) => {
    if (/^\d+$/.test(name)) {
      throw new ConfigError({
        caller: 'segments',
        problem: `the names of segments of ${side} must be other than integers.`,
        expected: "names like 'text' or 'image1'",
        got: show(name),
        remedy: 'put a letter before the number: an object lists integers first, whatever their place.',
      });
    }
    const segment = stamped({ name, start, end: start + length });
    start = segment.end;
    return segment;
  });
}

function named(list: readonly Segment[], name: string, side: string): Segment {
  const found = list.find((segment) => segment.name === name);
  if (found !== undefined) return found;
  throw new ConfigError({
    caller: 'segments.between',
    problem: `a segment must be one of the ${side}.`,
    expected: list.map((segment) => literal(segment.name)).join(', ') || 'a segment',
    got: show(name),
    remedy: 'use one of these names, or add the segment with its length.',
  });
}
