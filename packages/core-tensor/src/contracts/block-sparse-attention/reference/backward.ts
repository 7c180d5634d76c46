import { dispose, equal, fill, mul, reshape, slice, sub, sum, type Tensor, tensor, where, zeros, zerosLike } from '@tensorflow/tfjs-core';
import { interruptionPoint } from '../../../interrupt/interruptible.ts';
import { blockCount } from '../../../layout/block-layout.ts';
import { mayBeSpoiled, mayOverflow } from '../../../tensor/spoiled.ts';
import type { AttentionSizes } from '../attention-blocks.ts';
import type { AttentionCall, AttentionCotangents, AttentionGradients } from '../call.ts';
import { tensorsOfCall } from '../call-tensors.ts';
import { isLearned, recordOf, type ScoreTerm, tensorsOf } from '../score-term/index.ts';
import { type BlockTable, blockTable } from './block-table.ts';
import { chunkOf, keysOf, queriesOf } from './chunk.ts';
import { assembled, denominatorsOf } from './forward.ts';
import { type PlannedChunk, plan } from './plan.ts';
import { product, weightedSum } from './product.ts';
import { type ScatterSum, scatterSum } from './scatter-sum.ts';
import { scoped } from './scoped.ts';
import { type Scores, scoresOf, type TermContribution } from './scores.ts';
import { visibleTiles } from './visible-tiles.ts';
import { shareOf, weightsOf } from './weights.ts';

/**
 * Recomputes each chunk's weights P, whole rows at a time: dS = P · (dP − D + dlse) with D = rowsum(dO · O).
 * @source Dao et al. 2022 (arXiv 2205.14135) appendix B.2; the term dlse because the log-sum-exp is an output too
 */
export function backward(call: AttentionCall, cotangents: AttentionCotangents, tilesPerChunk: number): AttentionGradients {
  const { sizes } = call;
  const { blockSize, queryLength, keyLength } = call.layout;
  const { batch, keyHeads, headDim, valueDim } = sizes;
  const queryBlocks = blockCount(queryLength, blockSize);
  const keyBlocks = blockCount(keyLength, blockSize);
  const isSpoiled = mayBeSpoiled([...tensorsOfCall(call), cotangents.outCotangent]) || mayOverflow(call.v, cotangents.outCotangent);
  const scoresOfChunk = scoresOf(call, isSpoiled);
  const sumOf = weightedSum(isSpoiled);
  const joins = denominatorsOf(call).length > 0;
  return scoped(() => {
    const queries = blockTable(call.q, queryBlocks, blockSize);
    const keys = blockTable(call.k, keyBlocks + 1, blockSize);
    const values = blockTable(call.v, keyBlocks + 1, blockSize);
    const outs = blockTable(cotangents.outCotangent, queryBlocks, blockSize);
    const offset = offsetOfQueries(cotangents);
    const rowTable = (rows: Tensor): BlockTable => blockTable(reshape(rows, [...rows.shape, 1]), queryBlocks, blockSize);
    const { logSumExp, roundedOff = zerosLike(logSumExp) } = cotangents;
    const [offsets, wholes, rests] = [rowTable(offset), rowTable(logSumExp), rowTable(roundedOff)];
    const tiles = visibleTiles(call.layout);
    const keySum = scatterSum(batch * keyHeads * (keyBlocks + 1), blockSize * headDim);
    const valueSum = scatterSum(batch * keyHeads * (keyBlocks + 1), blockSize * valueDim);
    const termSums = call.terms.map((term) => sumsOf(term, blockSize));
    const planned = plan(call.layout, sizes, tilesPerChunk, call.selected?.shape[3] ?? 0);

    const ofChunk = (part: PlannedChunk, listedTiles: Tensor | undefined): ChunkGradients =>
      scoped(() => {
        const chunk = chunkOf(call, part, listedTiles);
        const own = queriesOf(part);
        const listed = keysOf(chunk);
        const outCotangent = outs(own);
        const scored = scoresOfChunk(chunk, queries(own), keys(listed));
        const ofKeys = weightsOf(isSpoiled ? withoutPadding(scored, part, queryLength, blockSize) : scored, isSpoiled);
        const joined = joins ? mul(ofKeys.weights, shareOf(ofKeys.logSums(), wholes(own), rests(own))) : ofKeys.weights;
        const weights = joins && isSpoiled ? where(equal(ofKeys.weights, 0), zerosLike(joined), joined) : joined; // 0 · NaN is NaN
        const gain = scored.kept?.();
        const ofWeights = product(outCotangent, values(listed), { transposeB: true });
        const ofUsed = gain ? mul(ofWeights, gain) : ofWeights;
        const ofScores = mul(weights, sub(ofUsed, offsets(own)));
        const gradients = scored.backward(isSpoiled ? where(equal(weights, 0), zerosLike(ofScores), ofScores) : ofScores);
        const blocks = chunk.rows * chunk.width;
        const ofQuery = reshape(gradients.query, [chunk.rows, blockSize * headDim]);
        const ofKey = reshape(gradients.key, [blocks, blockSize * headDim]);
        const used = gain ? mul(weights, gain) : weights;
        const ofValue = reshape(sumOf(used, outCotangent, { transposeA: true }), [blocks, blockSize * valueDim]);
        const rowsOf = (): Int32Array | Tensor => listed.host ?? reshape(listed.device, [-1]); // a tensor of its own for each sum that takes it
        const value = {
          query: ofQuery,
          key: { rows: rowsOf(), updates: ofKey },
          value: { rows: rowsOf(), updates: ofValue },
          contributions: gradients.contributions,
        };
        const sums = [value.key, value.value, ...value.contributions];
        return {
          value,
          outlive: [ofQuery, ...sums.flatMap(({ rows, updates }) => (ArrayBuffer.isView(rows) ? [updates] : [rows, updates]))],
        };
      });

    const queryParts = planned.chunks.map((part) => {
      interruptionPoint();
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
    const ofTerms = call.terms.flatMap(
      (term, at): readonly (Tensor | null)[] =>
        recordOf(term).rowGradients?.(term, { logSumExp, roundedOff, offset }) ??
        tensorsOf(term).map((input, which) => {
          const total = termSums[at]?.[which];
          return total ? reshape(total.finish(), input.shape) : null;
        }),
    );
    const gradients = [query, key, value, ...ofTerms];
    return { value: gradients, outlive: gradients };
  });
}

/**
 * Masks the rows beyond the end of the sequence, in a last, shorter block: their cotangents are 0, but what they are multiplied with may
 * be NaN.
 */
function withoutPadding(
  { scores, visible }: Pick<Scores, 'scores' | 'visible'>,
  { rows }: PlannedChunk,
  queryLength: number,
  blockSize: number,
): Pick<Scores, 'scores' | 'visible'> {
  if (queryLength % blockSize === 0) return { scores, visible };
  const queryBlocks = blockCount(queryLength, blockSize);
  const isThere = Float32Array.from({ length: rows.length * blockSize }, (_, at) =>
    ((rows[Math.floor(at / blockSize)] as number) % queryBlocks) * blockSize + (at % blockSize) < queryLength ? 1 : 0,
  );
  const there = tensor(isThere, [rows.length, blockSize, 1]);
  return { scores, visible: mul(there, visible ?? fill(scores.shape, 1)) };
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

/** D − dlse [b, h, nq]; a fully masked row has a log-sum-exp of −Infinity, to which no cotangent applies. */
function offsetOfQueries({ out, logSumExp, outCotangent, logSumExpCotangent }: AttentionCotangents): Tensor {
  const applied = where(equal(logSumExp, Number.NEGATIVE_INFINITY), zeros(logSumExp.shape), logSumExpCotangent);
  return sub(sum(mul(outCotangent, out), 3), applied);
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

/** One running sum for each learned tensor of a term, unless its gradients follow from whole rows. */
function sumsOf(term: ScoreTerm, blockSize: number): (ScatterSum | undefined)[] {
  const { sumShape, rowGradients } = recordOf(term);
  if (!isLearned(term) || rowGradients !== undefined) return [];
  return tensorsOf(term).map((input) => scatterSum(...(sumShape?.(input, blockSize) ?? [input.size, 1])));
}
