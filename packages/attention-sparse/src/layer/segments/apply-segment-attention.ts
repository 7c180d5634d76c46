import { dims } from '@longspan/core-tensor';
import { requireGiven, requireInteger, requireKeyHeads, requireKnown } from '@longspan/core-tensor/error';
import { requireFilled, requireTerms } from '@longspan/core-tensor/kernel';
import { checkPadding } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import { attendSegments, type SegmentAttentionOptions, type SegmentAttentionResult } from './attend-segments.ts';
import { requireSegments } from './require-segments.ts';
import { checkRoutes, checkSegments } from './route.ts';

/**
 * Attention between named segments (text x image x video), sparse from each to each: every route is a mask, or key regions chosen by the
 * data, or both, and all that a query attends to shares one softmax. Lengths need not be multiples of a block. The choice has no gradient
 * and compares whole blocks: a route with topK from a segment to itself is not causal.
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
  requireKnown(caller, options, {
    segments: true,
    routes: true,
    padding: true,
    queryPadding: true,
    blockSize: true,
    scale: true,
    score: true,
  });
  const { segments, routes, blockSize = 64, padding, queryPadding } = options;
  requireGiven(caller, 'segments', segments, 'what segments({ text: 77, image: 196 }) makes');
  requireSegments(caller, 'segments', segments);
  checkRoutes(caller, routes);
  if (options.score !== undefined) requireTerms(caller, options.score);
  requireInteger(caller, { blockSize }, 1);
  const { b, h, hkv, nq, nk, d, dv } = dims(caller, {
    q: [q, 'b h nq d:float32'],
    k: [k, 'b hkv nk d:float32'],
    v: [v, 'b hkv nk dv:float32'],
  });
  requireFilled(caller, { b, h, hkv, nq, nk, d, dv });
  requireKeyHeads(caller, { h, hkv });
  checkPadding(caller, padding, { batch: b, length: nk });
  checkPadding(caller, queryPadding, { batch: b, length: nq });
  checkSegments(caller, routes, segments, [
    ['q', nq],
    ['k', nk],
  ]);
  return attendSegments(caller, q, k, v, options);
}
