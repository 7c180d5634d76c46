import { ConfigError, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import type { BlockLayout } from '@longspan/core-tensor/layout';
import { type LayoutOptions, layoutBytes, layoutOf, requireLayout } from '@longspan/core-tensor/layout';
import { requireMask } from '../mask/algebra/require-mask.ts';
import type { Mask } from '../mask/index.ts';
import { countBits } from './bit-count.ts';

export interface CostOptions extends LayoutOptions {
  /** Batch rows; as many as the mask has. */
  readonly batch?: number | undefined;
  /** Query heads; as many as the mask has. */
  readonly heads?: number | undefined;
  /** Size of a query and of a key; 64. */
  readonly headDim?: number | undefined;
  /** Size of a value; headDim. */
  readonly valueDim?: number | undefined;
}

/** Batch rows, query heads, and the sizes of a query and of a value. */
export interface LayoutSizes {
  readonly batch: number;
  readonly heads: number;
  readonly headDim: number;
  readonly valueDim: number;
}

/** What attention under a mask costs, over all batch rows and heads. */
export interface Cost {
  /** Pairs of blocks with a visible pair. */
  readonly visitedBlocks: number;
  readonly totalBlocks: number;
  /** visitedBlocks / totalBlocks. */
  readonly visitedFraction: number;
  /** Pairs of tokens that the mask allows, counted exactly. */
  readonly visitedPairs: number;
  /** The share of the pairs in visited blocks that the mask allows: what is below 1 is computed and thrown away. */
  readonly filledFraction: number;
  /** Floating-point operations of the forward products: 2 (d + dv) for each pair of tokens in a visited block, softmax not counted. */
  readonly flops: number;
  /** Those of the backward products, scores recomputed: 6 d + 4 dv for each such pair. */
  readonly backwardFlops: number;
  /** Bytes in float32: q, k and v; out and logSumExp; the layout; and the n x n scores that nobody makes here. */
  readonly bytes: { readonly inputs: number; readonly outputs: number; readonly layout: number; readonly denseScores: number };
  /** The same attention as one n x n table: its forward operations, and inputs, outputs and scores in bytes. */
  readonly dense: { readonly flops: number; readonly bytes: number };
}

const FLOAT_BYTES = 4;

/**
 * Counts what attention under a mask costs, before any tensor is made. Keys are counted once per query head.
 * @param options the lengths and the block size, as for `createLayout`, and the sizes of the attention
 * @throws ConfigError when a size is not an integer of at least 1, or the mask is for another number of heads or batch rows
 * @cost O(visited blocks · log n) time the first time, then the layout is cached
 * @example
 * const { visitedBlocks, totalBlocks, visitedPairs, flops } = cost(causal(), { queryLength: 128, blockSize: 32, headDim: 2 });
 * [visitedBlocks, totalBlocks, visitedPairs, flops]; // => [10, 16, 8256, 81920]
 */
export function cost(mask: Mask, options: CostOptions): Cost {
  requireKnown('cost', options, {
    queryLength: true,
    keyLength: true,
    queryOffset: true,
    blockSize: true,
    batch: true,
    heads: true,
    headDim: true,
    valueDim: true,
  });
  requireMask('cost', 'mask', mask);
  const { batch = mask.batch, heads = mask.heads, headDim = 64, valueDim = headDim } = options;
  requireInteger('cost', { batch, heads, headDim, valueDim }, 1);
  requireCount('heads', mask.heads, heads, mask.name);
  requireCount('batch', mask.batch, batch, mask.name);
  return costOf(layoutOf('cost', mask, options), { batch, heads, headDim, valueDim });
}

/**
 * The same for a layout that is there already.
 * @throws ConfigError when a size is not an integer of at least 1
 * @cost O(visited blocks) on the host
 */
export function layoutCost(layout: BlockLayout, sizes: LayoutSizes): Cost {
  requireLayout('layoutCost', layout);
  requireKnown('layoutCost', sizes, { batch: true, heads: true, headDim: true, valueDim: true });
  const { batch, heads, headDim, valueDim } = sizes;
  requireInteger('layoutCost', { batch, heads, headDim, valueDim }, 1);
  return costOf(layout, sizes);
}

/** The same for sizes that were checked. */
export function costOf(layout: BlockLayout, { batch, heads, headDim, valueDim }: LayoutSizes): Cost {
  const { queryLength, keyLength, blockSize } = layout;
  const planes = batch * heads;
  const copies = planes / (layout.batch * layout.heads);
  const { tokenPairs, visiblePairs } = countPairs(layout);
  const visitedBlocks = layout.indices.length * copies;
  const totalBlocks = planes * Math.ceil(queryLength / blockSize) * Math.ceil(keyLength / blockSize);
  const inputs = FLOAT_BYTES * planes * (queryLength * headDim + keyLength * (headDim + valueDim));
  const outputs = FLOAT_BYTES * planes * queryLength * (valueDim + 1);
  const denseScores = FLOAT_BYTES * planes * queryLength * keyLength;
  return {
    visitedBlocks,
    totalBlocks,
    visitedFraction: visitedBlocks / totalBlocks,
    visitedPairs: visiblePairs * copies,
    filledFraction: tokenPairs === 0 ? 1 : visiblePairs / tokenPairs,
    flops: 2 * (headDim + valueDim) * tokenPairs * copies,
    backwardFlops: (6 * headDim + 4 * valueDim) * tokenPairs * copies,
    bytes: { inputs, outputs, layout: layoutBytes(layout), denseScores },
    dense: { flops: 2 * (headDim + valueDim) * planes * queryLength * keyLength, bytes: inputs + outputs + denseScores },
  };
}

/** Pairs of tokens in the listed blocks, and those of them that are visible, over all lists of the layout. */
function countPairs({ blockSize, queryLength, keyLength, indptr, indices, tileIndices, bitmaps }: BlockLayout) {
  const queryBlocks = Math.ceil(queryLength / blockSize);
  const words = blockSize * Math.ceil(blockSize / 32);
  const bitsOfTile = Array.from({ length: bitmaps.length / words }, (_, tile) =>
    countBits(bitmaps.subarray(tile * words, (tile + 1) * words)),
  );
  const tokensIn = (block: number, length: number) => Math.min(blockSize, length - block * blockSize);
  let tokenPairs = 0;
  let visiblePairs = 0;
  for (let row = 0; row + 1 < indptr.length; row++) {
    const queries = tokensIn(row % queryBlocks, queryLength);
    for (let at = indptr[row] as number; at < (indptr[row + 1] as number); at++) {
      const pairs = queries * tokensIn(indices[at] as number, keyLength);
      tokenPairs += pairs;
      visiblePairs += bitsOfTile[tileIndices[at] as number] ?? pairs; // a full tile has no bitmap
    }
  }
  return { tokenPairs, visiblePairs };
}

function requireCount(axis: 'heads' | 'batch', own: number, wanted: number, name: string): void {
  if (own === 1 || own === wanted) return;
  throw new ConfigError({
    caller: 'cost',
    problem: `${axis} must be the number that the mask is made for.`,
    expected: `${own} (${name})`,
    got: String(wanted),
    remedy: `leave ${axis} out, or make the mask for ${wanted}.`,
  });
}
