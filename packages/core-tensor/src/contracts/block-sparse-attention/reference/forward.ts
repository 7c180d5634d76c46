import { concat, expandDims, fill, mul, reshape, slice, type Tensor, tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { interruptionPoint } from '../../../interrupt/interruptible.ts';
import { blockCount } from '../../../layout/block-layout.ts';
import { rowsOf } from '../../../tensor/rows-of.ts';
import { mayBeSpoiled, weighted } from '../../../tensor/spoiled.ts';
import type { AttentionSizes } from '../attention-blocks.ts';
import type { AttentionCall, AttentionForward } from '../call.ts';
import { recordOf } from '../score-term/index.ts';
import { blockTable } from './block-table.ts';
import { chunkOf, keysOf, queriesOf } from './chunk.ts';
import { type Plan, plan } from './plan.ts';
import { weightedSum } from './product.ts';
import { scoresOf } from './scores.ts';
import { visibleTiles } from './visible-tiles.ts';
import { joined, type LogSums, rounded, weightsOf } from './weights.ts';

/**
 * softmax(scores) · V by query blocks.
 * @source Milakov & Gimelshein 2018 (arXiv 1805.02867); Dao et al. 2022 (arXiv 2205.14135) §3.1, a chunk's whole list at a time
 */
export function forward(call: AttentionCall, tilesPerChunk: number): AttentionForward {
  const { sizes } = call;
  const { blockSize, queryLength, keyLength } = call.layout;
  const queryBlocks = blockCount(queryLength, blockSize);
  const keyBlocks = blockCount(keyLength, blockSize);
  const scoresOfChunk = scoresOf(call);
  const sumOfValues = weightedSum(mayBeSpoiled([call.v]));
  return tidy(() => {
    const queries = blockTable(call.q, queryBlocks, blockSize);
    const keys = blockTable(call.k, keyBlocks + 1, blockSize);
    const values = blockTable(call.v, keyBlocks + 1, blockSize);
    const tiles = visibleTiles(call.layout);
    const planned = plan(call.layout, sizes, tilesPerChunk, call.selected?.shape[3] ?? 0);
    const parts = planned.chunks.map((part) => {
      interruptionPoint();
      if (part.width === 0 && call.selected === undefined) return empty(part.rows.length, blockSize, sizes.valueDim);
      const listedTiles = tiles(part);
      return tidy(() => {
        const chunk = chunkOf(call, part, listedTiles);
        const listed = keysOf(chunk);
        const scored = scoresOfChunk(chunk, queries(queriesOf(part)), keys(listed));
        const { weights, logSums } = weightsOf(scored);
        const { top, logSum } = logSums();
        const out = sumOfValues(scored.kept ? mul(weights, scored.kept()) : weights, values(listed));
        const ofRows = (x: Tensor): Tensor => reshape(x, [chunk.rows, blockSize]);
        return { out: reshape(out, [chunk.rows, blockSize * sizes.valueDim]), top: ofRows(top), logSum: ofRows(logSum) };
      });
    });
    const whole = (of: (part: Part) => Tensor, rest: readonly number[]): Tensor =>
      assembled(parts.map(of), planned, sizes, blockSize, rest);
    const ofKeys: Part = {
      out: whole(({ out }) => out, [sizes.valueDim]),
      top: whole(({ top }) => top, []),
      logSum: whole(({ logSum }) => logSum, []),
    };
    const { out, ...logSums } = denominatorsOf(call).reduce((part: Part, joining): Part => {
      const { weight, logSums } = joined(part, joining);
      return { out: weighted(part.out, expandDims(weight, 3)), ...logSums };
    }, ofKeys);
    return { out, ...rounded(logSums) };
  });
}

/** Rows of the result, the log-sum-exp still in two parts. */
interface Part extends LogSums {
  readonly out: Tensor;
}

/** The scores [1, h, 1] that join the denominators of a call's rows. */
export const denominatorsOf = ({ terms }: AttentionCall): readonly Tensor[] =>
  terms.flatMap((term) => recordOf(term).denominator?.(term) ?? []);

const empty = (rows: number, blockSize: number, valueDim: number): Part => ({
  out: zeros([rows, blockSize * valueDim]),
  top: fill([rows, blockSize], Number.NEGATIVE_INFINITY),
  logSum: zeros([rows, blockSize]),
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
