import { type AttentionResult, dims, originalPositions, type Padding, type ScoreTerm } from '@longspan/core-tensor';
import { ConfigError, requireInteger, requireKeyHeads, ShapeError } from '@longspan/core-tensor/error';
import { inverseOrder, maskedScore, reorderRows } from '@longspan/core-tensor/kernel';
import { checkPadding } from '@longspan/core-tensor/layer';
import {
  add,
  concat,
  div,
  fill,
  less,
  matMul,
  maximum,
  mul,
  pad,
  reshape,
  scalar,
  slice,
  step,
  sub,
  type Tensor,
  tensor3d,
  tensor4d,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import { sparseAttention } from '../../attention/sparse-attention.ts';
import { type Mask, nothing, type Segment, type Segments, segments as segmentsOf } from '../../mask/index.ts';
import { chooseBest, queriesByKeyHead } from '../../selection/scoring/best.ts';
import { blockMeans } from '../../selection/scoring/block-means.ts';
import { untaped } from '../../selection/scoring/untaped.ts';
import type { AttentionLengths } from '../multi-head/config.ts';

/** How the queries of one segment see the keys of another: by a mask, by blocks that the data choose, or by both in one softmax. */
export interface SegmentRoute {
  readonly from: string;
  readonly to: string;
  /** Positions begin at 0 in either segment; a function makes the mask for their lengths. */
  readonly mask?: Mask | ((lengths: AttentionLengths) => Mask) | undefined;
  /** Key blocks of the segment that each query block sees as a whole, by the product of their means. */
  readonly topK?: number | undefined;
}

export interface SegmentAttentionOptions {
  /** What the queries and the keys consist of. */
  readonly segments: Segments;
  /** Who sees whom; whom no route names sees nothing. */
  readonly routes: readonly SegmentRoute[];
  /** Which keys are padding: nobody sees them, and they do not count where blocks are chosen. */
  readonly padding?: Padding | undefined;
  /** Which queries are padding: they do not count where blocks are chosen. */
  readonly queryPadding?: Padding | undefined;
  /** Tokens along each side of a block; 64 by default. Each segment begins a block of its own. */
  readonly blockSize?: number | undefined;
  /** What scores are multiplied by; 1 / sqrt(headDim) by default. */
  readonly scale?: number | undefined;
  /** Score terms of core-tensor that need no positions, or read those of the sequence (alibi, softCap, distanceBias, …). */
  readonly score?: readonly ScoreTerm[] | undefined;
}

export interface SegmentAttentionResult extends AttentionResult {
  /** For each route with topK, in their order: int32 [b, h, queryBlocks, topK], block numbers within either segment, −1 where unused. */
  readonly selected: readonly Tensor[];
}

/**
 * Attention between named segments (text x image x video), sparse from each to each: every route is a mask, or key regions chosen by the
 * data, or both, and all that a query sees shares one softmax. Lengths need not be multiples of a block. The choice has no gradient and
 * looks at whole blocks: a route with topK from a segment to itself is not causal.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv], float32; h a multiple of hkv
 * @returns out [b, h, nq, dv], logSumExp [b, h, nq], nats, and the selected blocks. A query without a route gets zeros and −Infinity.
 * @throws ShapeError when the segments are not as long as q and k; ConfigError when a route names no segment or says nothing
 * @cost as sparseAttention; of segments that end within a block, two copies of q, k, v and out
 * @source Child et al. 2019 (arXiv 1904.10509) for masks by parts; Lu et al. 2025 (arXiv 2502.13189) §2.2 for the choice
 * @example
 * const parts = segments({ text: 1 }, { image: 2, video: 4 });
 * const [q, k] = [ones([1, 1, 1, 1]), tensor4d([0, 0, 0, 0, 9, 9], [1, 1, 6, 1])];
 * const v = tensor4d([1, 1, 2, 2, 3, 3], [1, 1, 6, 1]);
 * const routes = [{ from: 'text', to: 'video', topK: 1 }];
 * const { out, selected } = applySegmentAttention(q, k, v, { segments: parts, routes, blockSize: 2 });
 * await selected[0].data(); // => [1]
 * await out.data(); // => [3]
 */
export function applySegmentAttention(q: Tensor, k: Tensor, v: Tensor, options: SegmentAttentionOptions): SegmentAttentionResult {
  const caller = 'applySegmentAttention';
  const { b, h, hkv, nq, nk } = dims(caller, { q: [q, 'b h nq d'], k: [k, 'b hkv nk d'], v: [v, 'b hkv nk dv'] });
  requireKeyHeads(caller, { h, hkv });
  const { segments, routes, blockSize = 64, scale, score = [], padding, queryPadding } = options;
  requireInteger(caller, { blockSize }, 1);
  checkPadding(caller, padding, { batch: b, length: nk });
  checkPadding(caller, queryPadding, { batch: b, length: nq });
  const sized = sizedRoutes(caller, routes, segments, [
    ['q', nq],
    ['k', nk],
  ]);
  const aligned = segmentsOf(alignedLengths(segments.queries, blockSize), alignedLengths(segments.keys, blockSize));
  const mask = sized.reduce(
    (all, { from, to, mask: inside }) => (inside ? all.or(aligned.between(from.name, to.name, inside)) : all),
    nothing(),
  );
  const [queryOrder, keyOrder] = [alignedOrder(segments.queries, blockSize), alignedOrder(segments.keys, blockSize)];

  return tidy(() => {
    const [realQueries, realKeys] = [realTokens(queryPadding), realTokens(padding)];
    const found = sized.flatMap(({ from, to, topK }) => {
      if (topK === undefined) return [];
      const [queries, keys] = [
        { x: partOf(q, from), real: realQueries && partOf(realQueries, from) },
        { x: partOf(k, to), real: realKeys && partOf(realKeys, to) },
      ];
      return [{ from, to, list: bestBlocks(queries, keys, topK, blockSize) }];
    });
    const { out, logSumExp } = sparseAttention(moved(q, queryOrder), moved(k, keyOrder), moved(v, keyOrder), {
      mask,
      blockSize,
      queryOffset: 0,
      selected: joined(found, { batch: b, heads: h, from: aligned.queries, to: aligned.keys, blockSize }),
      scale,
      // The places that fill a segment's last block are padding, too.
      score: [originalPositions({ query: positions(queryOrder), key: positions(keyOrder, padding) }), ...score],
    });
    const back = inverseOrder(queryOrder, nq);
    return {
      out: moved(out, back),
      logSumExp: reshape(moved(reshape(logSumExp, [b, h, queryOrder.length, 1]), back), [b, h, nq]),
      selected: found.map(({ list }) => list),
    };
  });
}

/**
 * The routes with the segments that they name.
 * @param sides what holds the queries and what holds the keys, with their tokens
 * @throws ShapeError when the segments are not as long; ConfigError when a route names no segment or says nothing
 */
export function sizedRoutes(
  caller: string,
  routes: readonly SegmentRoute[],
  segments: Segments,
  sides: readonly [queries: Side, keys: Side],
): readonly SizedRoute[] {
  requireLengths(caller, segments, sides);
  return routes.map((route) => checkedRoute(caller, route, segments));
}

type Side = readonly [name: string, length: number];

interface SizedRoute {
  readonly from: Segment;
  readonly to: Segment;
  readonly mask: Mask | undefined;
  readonly topK: number | undefined;
}

function checkedRoute(caller: string, { from, to, mask, topK }: SegmentRoute, segments: Segments): SizedRoute {
  segments.between(from, to); // throws where there is no such segment
  if (topK !== undefined) requireInteger(caller, { topK }, 1);
  else if (mask === undefined) {
    throw new ConfigError({
      caller,
      problem: `the route from ${from} to ${to} must say what is seen.`,
      expected: 'a mask, topK, or both',
      got: 'neither',
      remedy: 'give mask: everything() for all of it.',
    });
  }
  const named = (list: readonly Segment[], name: string): Segment => list.find((one) => one.name === name) as Segment;
  const [own, other] = [named(segments.queries, from), named(segments.keys, to)];
  const lengths = { queryLength: own.end - own.start, keyLength: other.end - other.start };
  return { from: own, to: other, mask: typeof mask === 'function' ? mask(lengths) : mask, topK };
}

function requireLengths(caller: string, { queries, keys }: Segments, sides: readonly [Side, Side]): void {
  for (const [at, [name, length]] of sides.entries()) {
    const list = at === 0 ? queries : keys;
    const total = list.at(-1)?.end ?? 0;
    if (total === length) continue;
    throw new ShapeError({
      caller,
      problem: `the segments must be as long as ${name}.`,
      expected: `${list.map((one) => `${one.name} ${one.end - one.start}`).join(' + ')} = ${total} tokens`,
      got: `${length} (set by ${name})`,
      remedy: 'give every token a segment, or cut the tensors.',
    });
  }
}

const wholeBlocks = ({ start, end }: Segment, blockSize: number): number => Math.ceil((end - start) / blockSize);

/** The segments' lengths, filled up to whole blocks. */
const alignedLengths = (list: readonly Segment[], blockSize: number): Record<string, number> =>
  Object.fromEntries(list.map((segment) => [segment.name, wholeBlocks(segment, blockSize) * blockSize]));

/** Which token stands at each aligned place; −1 for what fills up a block. */
const alignedOrder = (list: readonly Segment[], blockSize: number): Int32Array =>
  Int32Array.from(
    list.flatMap((segment) =>
      Array.from({ length: wholeBlocks(segment, blockSize) * blockSize }, (_, at) =>
        segment.start + at < segment.end ? segment.start + at : -1,
      ),
    ),
  );

/** Tokens in another order. @shape x [b, h, n, d] -> [b, h, order.length, d] */
function moved(x: Tensor, order: Int32Array): Tensor {
  const [batch = 0, heads = 0, length = 0, width = 0] = x.shape;
  if (order.length === length && order.every((from, to) => from === to)) return x;
  return reshape(reorderRows(reshape(x, [batch * heads, length, width]), order), [batch, heads, order.length, width]);
}

/** Where the tokens stood; −1 for padding. @shape int32 [b|1, 1, order.length] */
function positions(order: Int32Array, padding?: Padding): Tensor {
  if (padding === undefined || !padding.some) return tensor3d(order, [1, 1, order.length], 'int32');
  const rows = padding.rows.map((row) => order.map((position) => (position >= 0 && row[position] === 1 ? position : -1)));
  return tensor3d(Int32Array.from(rows.flatMap((row) => Array.from(row))), [rows.length, 1, order.length], 'int32');
}

/** 1 for tokens, 0 for padding; undefined where there is none. @shape [b|1, 1, n, 1] */
const realTokens = (padding: Padding | undefined): Tensor | undefined =>
  padding === undefined || !padding.some
    ? undefined
    : tensor4d(Float32Array.from(padding.rows.flatMap((row) => Array.from(row))), [padding.rows.length, 1, padding.length, 1]);

const partOf = (x: Tensor, { start, end }: Segment): Tensor => {
  const [batch = 0, heads = 0, , width = 0] = x.shape;
  return slice(x, [0, 0, start, 0], [batch, heads, end - start, width]);
};

interface Tokens {
  /** [b, h, n, d] */
  readonly x: Tensor;
  /** [b|1, 1, n, 1]: 1 for tokens, 0 for padding. */
  readonly real: Tensor | undefined;
}

/** @returns int32 [b, h, queryBlocks, topK], ascending, −1 where the segment has fewer blocks */
function bestBlocks(queries: Tokens, keys: Tokens, topK: number, blockSize: number): Tensor {
  const [batch = 0, heads = 0, queryLength = 0] = queries.x.shape;
  const [, keyHeads = 0, keyLength = 0] = keys.x.shape;
  const [queryBlocks, keyBlocks] = [Math.ceil(queryLength / blockSize), Math.ceil(keyLength / blockSize)];
  const [best] = untaped([queries.x, keys.x], (q, k) => {
    const ofQueries = meansOfReal({ x: q, real: queries.real }, blockSize).means;
    const { means: ofKeys, empty } = meansOfReal({ x: k, real: keys.real }, blockSize);
    const sizes = { rows: batch * heads, queries: queryBlocks, candidates: keyBlocks, count: topK };
    return [
      chooseBest(sizes, (from, to) => {
        const products = matMul(queriesByKeyHead(ofQueries, keyHeads, from, to), ofKeys, false, true);
        const scores = reshape(products, [batch, heads, to - from, keyBlocks]);
        return empty === undefined ? scores : add(scores, mul(empty, maskedScore));
      }),
    ];
  });
  return best;
}

/** The means of blocks over their real tokens; 1 for blocks without any. @shape means [b, h, blocks, d]; empty [b|1, 1, 1, blocks] */
function meansOfReal({ x, real }: Tokens, blockSize: number): { readonly means: Tensor; readonly empty?: Tensor } {
  if (real === undefined) return { means: blockMeans(x, blockSize) };
  const shares = blockMeans(real, blockSize);
  const means = div(blockMeans(mul(x, real), blockSize), maximum(shares, 1e-6));
  const [rows = 0, , blocks = 0] = shares.shape;
  return { means, empty: reshape(sub(1, step(shares)), [rows, 1, 1, blocks]) };
}

interface Places {
  readonly batch: number;
  readonly heads: number;
  readonly from: readonly Segment[];
  readonly to: readonly Segment[];
  readonly blockSize: number;
}

/** The routes' lists as one for all query blocks, in block numbers of the aligned keys; undefined where no route chooses. */
function joined(
  routes: readonly { readonly from: Segment; readonly to: Segment; readonly list: Tensor }[],
  { batch, heads, from, to, blockSize }: Places,
): Tensor | undefined {
  if (routes.length === 0) return undefined;
  const firstBlock = (name: string): number => (to.find((one) => one.name === name) as Segment).start / blockSize;
  const rows = from.map((segment) => {
    const lists = routes
      .filter((route) => route.from.name === segment.name)
      .map(({ to: { name }, list }) => {
        const placed = add(list, scalar(firstBlock(name), 'int32'));
        return where(less(list, scalar(0, 'int32')), list, placed);
      });
    const blocks = wholeBlocks(segment, blockSize);
    return { blocks, width: lists.reduce((sum, list) => sum + (list.shape[3] as number), 0), lists };
  });
  const width = Math.max(...rows.map((row) => row.width));
  const parts = rows.map((row) => {
    if (row.lists.length === 0) return fill([batch, heads, row.blocks, width], -1, 'int32');
    return pad(
      concat(row.lists, 3),
      [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, width - row.width],
      ],
      -1,
    );
  });
  return concat(parts, 2);
}
