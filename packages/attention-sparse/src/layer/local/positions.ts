import { rotary } from '@longspan/core-tensor';
import type { Span } from '@longspan/core-tensor/layout';
import { concat, mul, slice, split, type Tensor, tensor2d } from '@tensorflow/tfjs-core';

/** Some queries, and the keys around them that they attend to. */
export interface Piece {
  readonly queries: Span;
  readonly keys: Span;
}

/** Buckets of queries in a piece with xpos: a few, so that few keys are read twice, and no more, so that its powers stay in range. */
const bucketsPerPiece = 16;
/** The largest power of xpos's smallest base, 0.4 / 1.4: a factor of 2e16, so that the product of two, in a masked pair, is finite. */
const largestPower = 30;

export interface PieceOptions {
  readonly queryLength: number;
  readonly keyLength: number;
  readonly bucketSize: number;
  readonly before: number;
  readonly after: number;
  readonly xposScaleBase: number | undefined;
}

/** Queries of a piece whose powers stay in range. */
function pieceLength({
  bucketSize,
  before,
  after,
  xposScaleBase,
}: Pick<PieceOptions, 'bucketSize' | 'before' | 'after'> & { readonly xposScaleBase: number }): number {
  const inRange = Math.floor((2 * largestPower * xposScaleBase) / bucketSize) - before - 2 * after;
  // At least as many as are attended to on a side, so that a piece reads its neighbours and nothing beyond.
  return bucketSize * Math.max(1, before, after, Math.min(bucketsPerPiece, inRange));
}

/** Cuts a sequence for xpos, whose factors grow with the distance from a middle; without it there is a single piece. */
export function piecesFor({ queryLength, keyLength, bucketSize, before, after, xposScaleBase }: PieceOptions): readonly Piece[] {
  if (xposScaleBase === undefined) return [{ queries: { start: 0, end: queryLength }, keys: { start: 0, end: keyLength } }];
  const length = pieceLength({ bucketSize, before, after, xposScaleBase });
  return Array.from({ length: Math.ceil(queryLength / length) }, (_, at) => ({
    queries: { start: at * length, end: Math.min(queryLength, (at + 1) * length) },
    keys: {
      start: Math.max(0, at * length - before * bucketSize),
      end: Math.min(keyLength, (at + 1) * length + after * bucketSize),
    },
  }));
}

/**
 * The same for queries that stand from queryOffset on and are not as many as the keys: each piece reads only the keys in its reach, of which
 * the first begins a bucket.
 */
export function piecesFrom(
  queryOffset: number,
  { queryLength, keyLength, bucketSize, before, after, xposScaleBase }: PieceOptions,
): readonly Piece[] {
  const end = queryOffset + queryLength;
  const bucketOf = (position: number): number => Math.floor(position / bucketSize);
  const length = xposScaleBase === undefined ? queryLength : pieceLength({ bucketSize, before, after, xposScaleBase });
  return Array.from({ length: Math.ceil(queryLength / length) }, (_, at) => {
    const queries = { start: queryOffset + at * length, end: Math.min(end, queryOffset + (at + 1) * length) };
    const start = Math.max(0, (bucketOf(queries.start) - before) * bucketSize);
    return { queries, keys: { start, end: Math.min(keyLength, (bucketOf(queries.end - 1) + 1 + after) * bucketSize) } };
  });
}

/** Tokens of each span. @shape x [b, h, n, d] -> [b, h, …, d] */
export const tokensOf = (x: Tensor, spans: readonly Span[], first = 0): readonly Tensor[] =>
  spans.map(({ start, end }) => tokens(x, start - first, end - start));

/** The queries [b, h, n, d] of each piece. */
export const cutQueries = (x: Tensor, parts: readonly Piece[]): readonly Tensor[] => cut(x, parts);

/** The keys or values [b, hkv, n, d] of each piece, which overlap. */
export function cutKeys(x: Tensor, parts: readonly Piece[]): readonly Tensor[] {
  // Not slices of x: the gradient of each would be as large as x. Those of split are joined once.
  const own = cut(x, parts);
  return parts.map(({ queries, keys }, at) => {
    const [before, middle, after] = [own[at - 1], own[at] as Tensor, own[at + 1]];
    const ahead = keys.end - queries.start - (middle.shape[2] as number);
    const neighbours = [
      ...(before === undefined || keys.start === queries.start
        ? []
        : [tokens(before, keys.start - queries.start, queries.start - keys.start)]),
      middle,
      ...(after === undefined || ahead === 0 ? [] : [tokens(after, 0, ahead)]),
    ];
    return neighbours.length === 1 ? middle : concat(neighbours, 2);
  });
}

/** x from the start of each piece's queries to that of the next. */
function cut(x: Tensor, parts: readonly Piece[]): readonly Tensor[] {
  if (parts.length === 1) return [x];
  const ends = [...parts.slice(1).map(({ queries }) => queries.start), x.shape[2] as number];
  return split(
    x,
    parts.map(({ queries }, at) => (ends[at] as number) - queries.start),
    2,
  );
}

/** `count` tokens from `start` on; a negative start counts from the end. */
const tokens = (x: Tensor, start: number, count: number): Tensor =>
  slice(x, [0, 0, start < 0 ? (x.shape[2] as number) + start : start, 0], [-1, -1, count, -1]);

export interface RotationOptions {
  /** What is added to a query's own position. */
  readonly queryShift: number;
  readonly xposScaleBase: number | undefined;
}

/**
 * Turns the queries and keys of a piece by their positions. Rotary scores depend on the distance alone, so positions are
 * counted in the sequence, not in each look-around window; the same holds for xpos, whose factors multiply to
 * scale^((query − key) / base).
 * @shape q [b, h, queries, d]; k [b, hkv, keys, d]
 * @source Su et al. 2021 (arXiv 2104.09864); xpos: Sun et al. 2022 (arXiv 2212.10554) §3.1; local-attention's rotary.py
 */
export function rotated(
  q: Tensor,
  k: Tensor,
  { queries, keys }: Piece,
  { queryShift, xposScaleBase }: RotationOptions,
): readonly [Tensor, Tensor] {
  const queryPositions = range(queries, queryShift);
  const keyPositions = range(keys, 0);
  const turned = [rotary(q, queryPositions, { style: 'half' }), rotary(k, keyPositions, { style: 'half' })] as const;
  if (xposScaleBase === undefined) return turned;
  const middle = (Math.min(keys.start, queries.start + queryShift) + Math.max(keys.end, queries.end + queryShift) - 1) / 2;
  const headDim = q.shape[3] as number;
  const power = (position: number) => (position - middle) / xposScaleBase;
  return [
    mul(turned[0], powers(headDim, queryPositions.map(power))),
    mul(
      turned[1],
      powers(
        headDim,
        keyPositions.map((position) => -power(position)),
      ),
    ),
  ];
}

const range = ({ start, end }: Span, shift: number): readonly number[] =>
  Array.from({ length: end - start }, (_, at) => start + at + shift);

/** [positions, d]: scale^exponent with scale = (2i + 0.4 d) / (1.4 d) for the i-th pair, whose features lie d / 2 apart. */
function powers(headDim: number, exponents: readonly number[]): Tensor {
  const scales = Array.from({ length: headDim }, (_, feature) => (2 * (feature % (headDim / 2)) + 0.4 * headDim) / (1.4 * headDim));
  return tensor2d(Float32Array.from(exponents.flatMap((exponent) => scales.map((scale) => scale ** exponent))), [
    exponents.length,
    headDim,
  ]);
}
