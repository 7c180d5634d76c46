import type { Mask, Span } from '@longspan/attention-sparse/mask';
import * as masks from '@longspan/attention-sparse/mask';
import fc, { type Arbitrary } from 'fast-check';
import { integer } from './integer.ts';

const integers = (max: number, maxLength: number): Arbitrary<number[]> => fc.array(integer(0, max), { maxLength });

const window = fc.record({ left: integer(0, 9), right: integer(0, 9) });
const narrow = fc.record({ left: integer(0, 4), right: integer(0, 4) });
const ids = fc.oneof(
  integers(4, 50),
  integers(9, 50).map((list) => list.sort((a, b) => a - b)),
);
const randomBlocks = fc.array(integers(12, 3), { maxLength: 12 });
const bigBird = fc.record({ blockSize: integer(1, 5), windowBlocks: integer(0, 2), globalBlocks: integers(7, 2) });
const shape = fc.oneof(fc.tuple(integer(1, 7), integer(1, 8)), fc.tuple(integer(1, 3), integer(1, 4), integer(1, 5)));
/** Masks over small grids of two and three axes. */
export const anyGridMask: Arbitrary<Mask> = shape.chain((sizes) => {
  const grid = masks.grid(sizes);
  const perAxis = (min: number) => fc.tuple(...sizes.map(() => integer(min, 4)));
  return fc.oneof(
    perAxis(0).map((radius) => grid.neighbourhood({ radius })),
    perAxis(1).map((size) => grid.tiles({ size })),
    fc
      .tuple(perAxis(1), perAxis(0))
      .map(([size, shift]) => grid.shiftedWindows({ window: size, shift: shift.map((cells, axis) => cells % (size[axis] ?? 1)) })),
  );
});

/** Every kind of leaf that has JSON and is shared by all heads and batch rows, but for segments, which hold another one. */
const anyPlainLeaf: Arbitrary<Mask> = fc.oneof(
  fc.constantFrom(masks.causal(), masks.everything(), masks.nothing()),
  window.map(masks.slidingWindow),
  fc.tuple(narrow, integer(1, 5)).map(([sides, dilation]) => masks.dilatedWindow({ ...sides, dilation })),
  integer(1, 9).map((stride) => masks.strided({ stride })),
  fc.tuple(integer(1, 9), integer(0, 9)).map(([stride, summary]) => masks.fixed({ stride, summary: Math.min(stride, summary) })),
  integers(40, 5).map(masks.globalTokens),
  integer(1, 10).map((size) => masks.blockDiagonal({ blockSize: size })),
  fc.tuple(bigBird, randomBlocks).map(([options, drawn]) => masks.bigBird({ ...options, randomBlocks: drawn })),
  integer(0, 40).map((length) => masks.prefix({ length })),
  ids.map((list) => masks.documents(list)),
  integer(0, 40).map((lengths) => masks.keyPadding({ lengths })),
  integers(40, 5).map(masks.keysAt),
  integers(40, 5).map(masks.queriesAt),
  fc.tuple(narrow, integer(1, 7)).map(([sides, size]) => masks.blockWindow({ ...sides, blockSize: size })),
  anyGridMask,
);

const lengths = fc.record({ text: integer(1, 9), image: integer(1, 15), 'video 1': integer(1, 20) });
const anySegment = fc.constantFrom('text', 'image', 'video 1');
/** Another mask between two named segments of one sequence, or of two. */
const segmentsOf = (inside: Arbitrary<Mask>): Arbitrary<Mask> =>
  fc
    .tuple(lengths, fc.option(lengths, { nil: undefined }), anySegment, anySegment, fc.option(inside, { nil: undefined }))
    .map(([queries, keys, from, to, mask]) => masks.segments(queries, keys).between(from, to, mask));

/** Every kind of leaf that has JSON and is shared by all heads and batch rows. */
export const anyLeaf: Arbitrary<Mask> = fc.oneof(
  { weight: 9, arbitrary: anyPlainLeaf },
  { weight: 1, arbitrary: segmentsOf(anyPlainLeaf) },
);

const anyRule = integer(1, 99).map((seed) =>
  masks.mask({ name: `noise ${seed}`, allows: (query, key) => ((query * 7919 + key * 104729 + seed) & 4) === 0 }),
);

const expressions = (leaf: Arbitrary<Mask>): Arbitrary<Mask> =>
  fc.letrec<{ mask: Mask }>((tie) => ({
    mask: fc.oneof(
      { maxDepth: 4, depthSize: 'medium' },
      leaf,
      fc.tuple(tie('mask'), tie('mask')).map(([one, other]) => one.and(other)),
      fc.tuple(tie('mask'), tie('mask')).map(([one, other]) => one.or(other)),
      tie('mask').map((one) => one.not()),
    ),
  })).mask;

/** Random and/or/not of leaves that have JSON. */
export const anySerialisable: Arbitrary<Mask> = expressions(anyLeaf);

/** Random and/or/not of leaves, rules without JSON among them. */
export const anyMask: Arbitrary<Mask> = expressions(fc.oneof({ weight: 9, arbitrary: anyLeaf }, { weight: 1, arbitrary: anyRule }));

/** Random expressions in which some leaves are for 3 heads and some for 2 batch rows. */
export const anyVaried: Arbitrary<Mask> = expressions(
  fc.oneof(
    { weight: 4, arbitrary: anyLeaf },
    { weight: 1, arbitrary: fc.tuple(anyLeaf, anyLeaf, anyLeaf).map(masks.perHead) },
    { weight: 1, arbitrary: fc.tuple(anyLeaf, anyLeaf).map(masks.perBatch) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(narrow, fc.tuple(integer(1, 4), integer(1, 4), integer(1, 4)))
        .map(([sides, dilation]) => masks.dilatedWindow({ ...sides, dilation })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(bigBird, fc.tuple(randomBlocks, randomBlocks, randomBlocks))
        .map(([options, drawn]) => masks.bigBird({ ...options, randomBlocks: drawn })),
    },
    { weight: 1, arbitrary: fc.tuple(ids, ids).map(masks.documents) },
    { weight: 1, arbitrary: fc.tuple(integer(0, 40), integer(0, 40)).map((lengths) => masks.keyPadding({ lengths })) },
    { weight: 1, arbitrary: fc.tuple(integers(40, 5), integers(40, 5)).map(masks.keysAt) },
    { weight: 1, arbitrary: segmentsOf(fc.tuple(anyPlainLeaf, anyPlainLeaf, anyPlainLeaf).map(masks.perHead)) },
  ),
);

/** Positions on both sides of 0 and beyond every length that the masks know. */
export const anySpan: Arbitrary<Span> = fc
  .tuple(integer(-12, 48), integer(1, 14))
  .map(([start, length]) => ({ start, end: start + length }));

/** All pairs of positions of a rectangle. */
export function* pairs(queries: Span, keys: Span): Generator<readonly [query: number, key: number]> {
  for (let query = queries.start; query < queries.end; query++) for (let key = keys.start; key < keys.end; key++) yield [query, key];
}
