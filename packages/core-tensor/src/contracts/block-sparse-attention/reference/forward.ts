import {
  concat,
  equal,
  fill,
  log,
  max,
  maximum,
  mul,
  reshape,
  slice,
  sub,
  type Tensor,
  tensor,
  tidy,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import { blockCount } from '../../../layout/block-layout.ts';
import { rowsOf } from '../../../tensor/rows-of.ts';
import type { AttentionCall, AttentionResult, AttentionSizes } from '../call.ts';
import { dropoutTables } from '../pair-dropout.ts';
import type { AttentionDropoutTerm } from '../score-terms.ts';
import { blockTable } from './block-table.ts';
import { chunkOf, keysOf, queriesOf } from './chunk.ts';
import { type Plan, plan } from './plan.ts';
import { product } from './product.ts';
import { scoresOf } from './scores.ts';
import { keptWeights } from './terms/dropout.ts';
import { visibleTiles } from './visible-tiles.ts';
import { weightsOf } from './weights.ts';

/**
 * softmax(scores) · V by query blocks.
 * @source Milakov & Gimelshein 2018 (arXiv 1805.02867); Dao et al. 2022 (arXiv 2205.14135) §3.1, a chunk's whole list at a time
 */
export function forward(call: AttentionCall, tilesPerChunk: number): AttentionResult {
  const { sizes } = call;
  const { blockSize, queryLength, keyLength } = call.layout;
  const queryBlocks = blockCount(queryLength, blockSize);
  const keyBlocks = blockCount(keyLength, blockSize);
  const dropout = call.terms.find((term): term is AttentionDropoutTerm => term.kind === 'attentionDropout');
  const kept = dropout && dropoutTables(dropout, sizes.batch * sizes.heads * queryLength, keyLength);
  return tidy(() => {
    const queries = blockTable(call.q, queryBlocks, blockSize);
    const keys = blockTable(call.k, keyBlocks + 1, blockSize);
    const values = blockTable(call.v, keyBlocks + 1, blockSize);
    const tiles = visibleTiles(call.layout);
    const planned = plan(call.layout, sizes, tilesPerChunk, call.selected?.shape[3] ?? 0);
    const parts = planned.chunks.map((part) => {
      if (part.width === 0 && call.selected === undefined) return empty(part.rows.length, blockSize, sizes.valueDim);
      const listedTiles = tiles(part);
      return tidy(() => {
        const chunk = chunkOf(call, part, listedTiles);
        const seen = keysOf(chunk);
        const { weights, top } = weightsOf(scoresOf(call, chunk, queries(queriesOf(part)), keys(seen)));
        const used = kept ? mul(weights, keptWeights(kept, chunk)) : weights;
        const out = product(used, values(seen));
        // The top score's own weight is exp(top − logSumExp); no visible key, no weight.
        const peak = max(weights, 2, true);
        const whole = where(equal(peak, 0), fill(peak.shape, Number.NEGATIVE_INFINITY), sub(top, log(maximum(peak, 1e-38))));
        return { out: reshape(out, [chunk.rows, blockSize * sizes.valueDim]), logSumExp: reshape(whole, [chunk.rows, blockSize]) };
      });
    });
    return {
      out: assembled(
        parts.map((part) => part.out),
        planned,
        sizes,
        blockSize,
        [sizes.valueDim],
      ),
      logSumExp: assembled(
        parts.map((part) => part.logSumExp),
        planned,
        sizes,
        blockSize,
        [],
      ),
    };
  });
}

const empty = (rows: number, blockSize: number, valueDim: number): { out: Tensor; logSumExp: Tensor } => ({
  out: zeros([rows, blockSize * valueDim]),
  logSumExp: fill([rows, blockSize], Number.NEGATIVE_INFINITY),
});

/** The chunks' rows in the order of the sequence, without the padding of its last block: [b, h, nq, ...rest]. */
export function assembled(
  parts: Tensor[],
  { places }: Plan,
  { batch, heads, queryLength }: AttentionSizes,
  blockSize: number,
  rest: readonly number[],
): Tensor {
  return tidy(() => {
    const queries = blockCount(queryLength, blockSize) * blockSize;
    const whole = reshape(inOrder(parts, places), [batch, heads, queries, ...rest]);
    return queries === queryLength ? whole : slice(whole, [0, 0, 0, ...rest.map(() => 0)], [batch, heads, queryLength, ...rest]);
  });
}

function inOrder(parts: Tensor[], places: Int32Array): Tensor {
  const joined = concat(parts);
  return places.every((place, row) => place === row) ? joined : rowsOf(joined, tensor(places, [places.length], 'int32'));
}
