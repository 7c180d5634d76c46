import { maskedScore } from '@longspan/core-tensor/kernel';
import { everySelection, type Span } from '@longspan/core-tensor/layout';
import { type Tensor, tensor4d } from '@tensorflow/tfjs-core';
import type { Mask } from '../../mask/index.ts';

/** How two sequences are cut into blocks. */
export interface BlockGeometry {
  readonly queryLength: number;
  readonly keyLength: number;
  readonly blockSize: number;
  readonly queryOffset: number;
}

export interface BlockRules {
  /** A key block may be selected where this allows each of its pairs with the query block. */
  readonly candidates: Mask | undefined;
  /**
   * Whether key blocks with a key at or after the first query of the block are left out, and whether the queries that a cut block will
   * have later count as if they were there. So a later token changes no candidate.
   */
  readonly causal: boolean;
}

/** The positions of a block, cut off where its sequence ends. */
const spanOf = (block: number, blockSize: number, length: number): Span => ({
  start: block * blockSize,
  end: Math.min((block + 1) * blockSize, length),
});

/**
 * What is added to the scores of query blocks from … to, so that only candidates are selected.
 * @shape returns [candidates.batch, candidates.heads, to − from, keyBlocks]
 * @cost one question to the mask for each pair of blocks
 */
export function maskedBlocks(geometry: BlockGeometry, { candidates, causal }: BlockRules, from: number, to: number): Tensor {
  const { keyLength, blockSize } = geometry;
  const keyBlocks = Math.ceil(keyLength / blockSize);
  const masks = candidates === undefined ? [undefined] : everySelection(candidates);
  const table = new Float32Array(masks.length * (to - from) * keyBlocks);
  let at = 0;
  for (const mask of masks) {
    for (let block = from; block < to; block++) {
      const queries = askedQueries(mask, block, geometry, causal);
      for (let other = 0; other < keyBlocks; other++) {
        const keys = spanOf(other, blockSize, keyLength);
        const late = causal && keys.end > queries.start;
        if (late || (mask !== undefined && mask.cover(queries, keys) !== 'all')) table[at] = maskedScore;
        at++;
      }
    }
  }
  return tensor4d(table, [candidates?.batch ?? 1, candidates?.heads ?? 1, to - from, keyBlocks]);
}

/**
 * The positions of a query block that a mask is asked about. With `causal` those after the sequence's end are among them, unless the mask
 * shows them nothing, as one that was made for so many tokens does.
 */
function askedQueries(
  mask: Mask | undefined,
  block: number,
  { queryLength, keyLength, blockSize, queryOffset }: BlockGeometry,
  causal: boolean,
): Span {
  const own = spanOf(block, blockSize, queryLength);
  const queries = { start: own.start + queryOffset, end: own.end + queryOffset };
  const whole = queries.start + blockSize;
  if (!causal || mask === undefined || whole === queries.end) return queries;
  const isKnown = mask.cover({ start: queries.end, end: whole }, { start: 0, end: keyLength }) !== 'none';
  return isKnown ? { start: queries.start, end: whole } : queries;
}
