import type { Padding } from '@longspan/core-tensor';
import { maskedScore } from '@longspan/core-tensor/kernel';
import { cast, div, matMul, maximum, mul, reshape, slice, step, sub, type Tensor, tensor4d, where, zerosLike } from '@tensorflow/tfjs-core';
import type { Segment } from '../../mask/index.ts';
import { blockMeans } from '../../selection/scoring/block-means.ts';
import { decided } from '../../selection/scoring/decided.ts';
import { queriesByKeyHead, selectBest } from '../../selection/scoring/select-best.ts';
import { withoutGradient } from '../../selection/scoring/without-gradient.ts';
import type { SizedRoute } from './route.ts';

/** The key blocks that one route selects: int32 [b, h, queryBlocks, min(topK, keyBlocks)], block numbers within its segments. */
export interface SelectedByRoute {
  readonly from: Segment;
  readonly to: Segment;
  readonly list: Tensor;
}

/** All tokens of one side. */
export interface SideTokens {
  /** [b, h, n, d] */
  readonly x: Tensor;
  readonly padding: Padding | undefined;
}

/** The selections of the routes with topK, in their order. Padding does not count. */
export function selectByRoute(
  queries: SideTokens,
  keys: SideTokens,
  routes: readonly SizedRoute[],
  blockSize: number,
): readonly SelectedByRoute[] {
  const [ofQueries, ofKeys] = [queries, keys].map(({ x, padding }) => ({ x, real: realTokens(padding) })) as [Tokens, Tokens];
  return routes.flatMap(({ from, to, topK }) =>
    topK === undefined ? [] : [{ from, to, list: bestBlocks(partOf(ofQueries, from), partOf(ofKeys, to), topK, blockSize) }],
  );
}

interface Tokens {
  /** [b, h, n, d] */
  readonly x: Tensor;
  /** [b|1, 1, n, 1]: 1 for tokens, 0 for padding; undefined where there is none. */
  readonly real: Tensor | undefined;
}

const realTokens = (padding: Padding | undefined): Tensor | undefined =>
  padding === undefined || !padding.some
    ? undefined
    : tensor4d(Float32Array.from(padding.rows.flatMap((row) => Array.from(row))), [padding.rows.length, 1, padding.length, 1]);

function partOf({ x, real }: Tokens, { start, end }: Segment): Tokens {
  const cut = (each: Tensor): Tensor => {
    const [batch = 0, heads = 0, , width = 0] = each.shape;
    return slice(each, [0, 0, start, 0], [batch, heads, end - start, width]);
  };
  return { x: cut(x), real: real && cut(real) };
}

/** @returns int32 [b, h, queryBlocks, min(topK, keyBlocks)], ascending, −1 where the segment has fewer blocks */
function bestBlocks(queries: Tokens, keys: Tokens, topK: number, blockSize: number): Tensor {
  const [batch = 0, heads = 0, queryLength = 0] = queries.x.shape;
  const [, keyHeads = 0, keyLength = 0] = keys.x.shape;
  const [queryBlocks, keyBlocks] = [Math.ceil(queryLength / blockSize), Math.ceil(keyLength / blockSize)];
  const [best] = withoutGradient([queries.x, keys.x], (q, k) => {
    const ofQueries = meansOfReal({ x: q, real: queries.real }, blockSize).means;
    const { means: ofKeys, empty } = meansOfReal({ x: k, real: keys.real }, blockSize);
    const sizes = { rows: batch * heads, queries: queryBlocks, candidates: keyBlocks, count: topK };
    return [
      selectBest(sizes, (from, to) => {
        const products = matMul(queriesByKeyHead(ofQueries, keyHeads, from, to), ofKeys, false, true);
        const scores = reshape(products, [batch, heads, to - from, keyBlocks]);
        return empty === undefined ? scores : decided(scores, mul(empty, maskedScore));
      }),
    ];
  });
  return best;
}

/** The means of blocks over their real tokens; 1 for blocks without any. @shape means [b, h, blocks, d]; empty [b|1, 1, 1, blocks] */
function meansOfReal({ x, real }: Tokens, blockSize: number): { readonly means: Tensor; readonly empty?: Tensor | undefined } {
  if (real === undefined) return { means: blockMeans(x, blockSize) };
  const fractions = blockMeans(real, blockSize);
  const means = div(blockMeans(where(cast(real, 'bool'), x, zerosLike(x)), blockSize), maximum(fractions, 1e-6));
  const [rows = 0, , blocks = 0] = fractions.shape;
  return { means, empty: reshape(sub(1, step(fractions)), [rows, 1, 1, blocks]) };
}
