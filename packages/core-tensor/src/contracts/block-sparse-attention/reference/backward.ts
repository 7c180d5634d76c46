import { dispose, equal, mul, reshape, slice, sub, sum, type Tensor, where, zeros } from '@tensorflow/tfjs-core';
import { blockCount } from '../../../layout/block-layout.ts';
import type { AttentionCall, AttentionCotangents, AttentionGradients, AttentionSizes } from '../call.ts';
import { dropoutTables } from '../pair-dropout.ts';
import type { AttentionDropoutTerm, ScoreTerm } from '../score-terms.ts';
import { isLearned, tensorsOf } from '../term-tensors.ts';
import { type BlockTable, blockTable } from './block-table.ts';
import { chunkOf, keysOf, queriesOf } from './chunk.ts';
import { assembled } from './forward.ts';
import { type PlannedChunk, plan } from './plan.ts';
import { product } from './product.ts';
import { type ScatterSum, scatterSum } from './scatter-sum.ts';
import { scoped } from './scoped.ts';
import { scoresOf, type TermContribution } from './scores.ts';
import { keptWeights } from './terms/dropout.ts';
import { visibleTiles } from './visible-tiles.ts';
import { weightsOf } from './weights.ts';

/**
 * Recomputes each chunk's weights P, whole rows at a time: dS = P · (dP − D + dlse) with D = rowsum(dO · O).
 * @source Dao et al. 2022 (arXiv 2205.14135) appendix B.2; the term dlse because the log-sum-exp is an output too
 */
export function backward(call: AttentionCall, cotangents: AttentionCotangents, tilesPerChunk: number): AttentionGradients {
  const { sizes } = call;
  const { blockSize, queryLength, keyLength } = call.layout;
  const { batch, heads, keyHeads, headDim, valueDim } = sizes;
  const queryBlocks = blockCount(queryLength, blockSize);
  const keyBlocks = blockCount(keyLength, blockSize);
  const dropout = call.terms.find((term): term is AttentionDropoutTerm => term.kind === 'attentionDropout');
  const kept = dropout && dropoutTables(dropout, batch * heads * queryLength, keyLength);
  return scoped(() => {
    const queries = blockTable(call.q, queryBlocks, blockSize);
    const keys = blockTable(call.k, keyBlocks + 1, blockSize);
    const values = blockTable(call.v, keyBlocks + 1, blockSize);
    const outs = blockTable(cotangents.outCotangent, queryBlocks, blockSize);
    const offsets = offsetOfQueries(cotangents, queryBlocks, blockSize);
    const tiles = visibleTiles(call.layout);
    const keySum = scatterSum(batch * keyHeads * (keyBlocks + 1), blockSize * headDim);
    const valueSum = scatterSum(batch * keyHeads * (keyBlocks + 1), blockSize * valueDim);
    const termSums = call.terms.map((term) => sumsOf(term, blockSize));
    const planned = plan(call.layout, sizes, tilesPerChunk, call.selected?.shape[3] ?? 0);

    const ofChunk = (part: PlannedChunk, listedTiles: Tensor | undefined): ChunkGradients =>
      scoped(() => {
        const chunk = chunkOf(call, part, listedTiles);
        const own = queriesOf(part);
        const seen = keysOf(chunk);
        const outCotangent = outs(own);
        const scored = scoresOf(call, chunk, queries(own), keys(seen));
        const { weights } = weightsOf(scored);
        const gain = kept && keptWeights(kept, chunk);
        const ofWeights = product(outCotangent, values(seen), { transposeB: true });
        const ofUsed = gain ? mul(ofWeights, gain) : ofWeights;
        const pulled = scored.pull(mul(weights, sub(ofUsed, offsets(own))));
        const blocks = chunk.rows * chunk.width;
        const ofQuery = reshape(pulled.query, [chunk.rows, blockSize * headDim]);
        const ofKey = reshape(pulled.key, [blocks, blockSize * headDim]);
        const used = gain ? mul(weights, gain) : weights;
        const ofValue = reshape(product(used, outCotangent, { transposeA: true }), [blocks, blockSize * valueDim]);
        const rowsOf = (): Int32Array | Tensor => seen.host ?? reshape(seen.device, [-1]); // a tensor of its own for each sum that takes it
        const value = {
          query: ofQuery,
          key: { rows: rowsOf(), updates: ofKey },
          value: { rows: rowsOf(), updates: ofValue },
          contributions: pulled.contributions,
        };
        const sums = [value.key, value.value, ...value.contributions];
        return {
          value,
          outlive: [ofQuery, ...sums.flatMap(({ rows, updates }) => (rows instanceof Int32Array ? [updates] : [rows, updates]))],
        };
      });

    const queryParts = planned.chunks.map((part) => {
      if (part.width === 0 && call.selected === undefined) return zeros([part.rows.length, blockSize * headDim]);
      const { query, key, value, contributions } = ofChunk(part, tiles(part));
      keySum.add(key.rows, key.updates);
      valueSum.add(value.rows, value.updates);
      for (const { term, tensor: at, rows, updates } of contributions) termSums[term]?.[at]?.add(rows, updates);
      return query;
    });

    const query = assembled(queryParts, planned, sizes, blockSize, [headDim]);
    dispose(queryParts);
    const key = unblocked(keySum.finish(), sizes, keyBlocks, blockSize, headDim);
    const value = unblocked(valueSum.finish(), sizes, keyBlocks, blockSize, valueDim);
    const ofTerms = call.terms.flatMap((term, at) =>
      tensorsOf(term).map((input, which) => {
        const total = termSums[at]?.[which];
        return total ? reshape(total.finish(), input.shape) : null;
      }),
    );
    const gradients = [query, key, value, ...ofTerms];
    return { value: gradients, outlive: gradients };
  });
}

/** Rows of a table of gradients. */
interface Rows {
  readonly rows: Int32Array | Tensor;
  readonly updates: Tensor;
}

interface ChunkGradients {
  readonly query: Tensor;
  readonly key: Rows;
  readonly value: Rows;
  readonly contributions: readonly TermContribution[];
}

/** D − dlse for each query; a query that sees nothing has a log-sum-exp of −Infinity, to which no cotangent applies. */
function offsetOfQueries(
  { out, logSumExp, outCotangent, logSumExpCotangent }: AttentionCotangents,
  blocks: number,
  blockSize: number,
): BlockTable {
  const applied = where(equal(logSumExp, Number.NEGATIVE_INFINITY), zeros(logSumExp.shape), logSumExpCotangent);
  const offset = sub(sum(mul(outCotangent, out), 3), applied);
  return blockTable(reshape(offset, [...offset.shape, 1]), blocks, blockSize);
}

/** A table of key blocks as [b, hkv, nk, width], without padding. */
function unblocked(
  table: Tensor,
  { batch, keyHeads, keyLength }: AttentionSizes,
  blocks: number,
  blockSize: number,
  width: number,
): Tensor {
  return slice(reshape(table, [batch, keyHeads, (blocks + 1) * blockSize, width]), [0, 0, 0, 0], [batch, keyHeads, keyLength, width]);
}

/** One running sum for each learned tensor of a term. */
function sumsOf(term: ScoreTerm, blockSize: number): (ScatterSum | undefined)[] {
  return tensorsOf(term).map((input) => {
    if (!isLearned(term)) return undefined;
    const [height, width] = sumShape(term, input, blockSize);
    return scatterSum(height, width);
  });
}

/** How a term's contributions see its tensor, as [height, width]. */
function sumShape(term: ScoreTerm, input: Tensor, blockSize: number): readonly [number, number] {
  if (term.kind === 'blockBias') return [input.size / (blockSize * blockSize), blockSize * blockSize];
  if (term.kind === 'relativePositions') {
    const width = input.shape[input.rank - 1] as number;
    return [input.size / width, width];
  }
  return [input.size, 1];
}
