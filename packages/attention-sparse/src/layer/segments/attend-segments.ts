import { type AttentionResult, originalPositions, type Padding, type ScoreTerm } from '@longspan/core-tensor';
import { checkCall, inverseOrder, runAttention, uncheckedCall } from '@longspan/core-tensor/kernel';
import { createLayout } from '@longspan/core-tensor/layout';
import { reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { nothing, type Segments } from '../../mask/index.ts';
import { alignedSegments, positionsOf, reordered } from './aligned.ts';
import { joinedLists } from './joined-lists.ts';
import { type SegmentRoute, sizedRoutes } from './route.ts';
import { selectByRoute } from './select-blocks.ts';

export interface SegmentAttentionOptions {
  /** What the queries and the keys consist of. */
  readonly segments: Segments;
  /** Which segments attend to which; a query that no route names attends to nothing. */
  readonly routes: readonly SegmentRoute[];
  /** Which keys are padding: no query attends to them, and they do not count where blocks are selected. */
  readonly padding?: Padding | undefined;
  /** Which queries are padding: they do not count where blocks are selected. */
  readonly queryPadding?: Padding | undefined;
  /** Tokens along each side of a block; 64 by default. Each segment begins a block of its own. */
  readonly blockSize?: number | undefined;
  /** What scores are multiplied by; 1 / sqrt(headDim) by default. */
  readonly scale?: number | undefined;
  /** Score terms of core-tensor that need no positions, or read those of the sequence (alibi, softCap, distanceBias, …). */
  readonly score?: readonly ScoreTerm[] | undefined;
}

export interface SegmentAttentionResult extends AttentionResult {
  /** For each route with topK, in their order: int32 [b, h, queryBlocks, min(topK, keyBlocks)], block numbers within either segment, −1 where unused. */
  readonly selected: readonly Tensor[];
}

/**
 * Attention between segments, of tensors, padding and routes that were checked: `scale` and `score` alone are checked here.
 * @shape as applySegmentAttention
 * @cost as applySegmentAttention
 */
export function attendSegments(caller: string, q: Tensor, k: Tensor, v: Tensor, options: SegmentAttentionOptions): SegmentAttentionResult {
  const { segments, blockSize = 64, scale, score = [], padding, queryPadding } = options;
  const routes = sizedRoutes(options.routes, segments);
  const [batch = 0, heads = 0, queryLength = 0] = q.shape;
  const { segments: aligned, queryOrder, keyOrder } = alignedSegments(segments, blockSize);
  const mask = routes.reduce(
    (all, { from, to, mask: inside }) => (inside ? all.or(aligned.between(from.name, to.name, inside)) : all),
    nothing(),
  );
  const layout = createLayout(mask, { queryLength: queryOrder.length, keyLength: keyOrder.length, queryOffset: 0, blockSize });
  return tidy(() => {
    const found = selectByRoute({ x: q, padding: queryPadding }, { x: k, padding }, routes, blockSize);
    const call = uncheckedCall(reordered(q, queryOrder), reordered(k, keyOrder), reordered(v, keyOrder), {
      layout,
      selected: joinedLists(found, { batch, heads, from: aligned.queries, to: aligned.keys, blockSize }),
      scale,
      // The places that fill a segment's last block are padding, too.
      score: [originalPositions({ query: positionsOf(queryOrder), key: positionsOf(keyOrder, padding) }), ...score],
    });
    checkCall(caller, call);
    const { out, logSumExp } = runAttention(call);
    const back = inverseOrder(queryOrder, queryLength);
    const lines = reordered(reshape(logSumExp, [batch, heads, queryOrder.length, 1]), back);
    return {
      out: reordered(out, back),
      logSumExp: reshape(lines, [batch, heads, queryLength]),
      selected: found.map(({ list }) => list),
    };
  });
}
