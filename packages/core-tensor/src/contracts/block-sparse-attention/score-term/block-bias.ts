import { add, reshape, sum, type Tensor, tensor, transpose } from '@tensorflow/tfjs-core';
import { ShapeError } from '../../../error/index.ts';
import { listedPairs } from '../../../layout/listed-pairs.ts';
import { dims } from '../../../tensor/dims.ts';
import { rowsOf } from '../../../tensor/rows-of.ts';
import { tileRows } from '../reference/chunk.ts';
import { invalid } from './invalid.ts';
import { lookUp } from './look-up.ts';
import type { Pairs } from './pairs.ts';
import type { TermRecordOf } from './term-record.ts';

export interface BlockBiasTerm {
  readonly kind: 'blockBias';
  readonly bias: Tensor;
}

/**
 * Adds one tile of numbers per listed block of a static layout, in the order of its `indices`.
 * @shape tensor [entries, blockSize, blockSize]
 * @cost 4 · blockSize² bytes for each visited block
 */
export function blockBias(tensor: Tensor): BlockBiasTerm {
  dims('blockBias', { tensor: [tensor, 'entries rows columns:float32'] });
  return { kind: 'blockBias', bias: tensor };
}

/** s + the tile of the listed block; the gradient of a tile is the cotangent's tile, added over rows of one list. */
export const blockBiasRecord: TermRecordOf<BlockBiasTerm> = {
  kind: 'blockBias',
  tensors: { bias: 'entries rows columns:float32' },
  check(caller, { bias }, { layout, selected }) {
    const expected = [layout.indices.length, layout.blockSize, layout.blockSize];
    if (bias.shape.some((size, axis) => size !== expected[axis])) {
      throw new ShapeError({
        caller,
        problem: 'blockBias must have one tile for each entry of the layout.',
        expected: `[${expected.join(', ')}]`,
        got: `[${bias.shape.join(', ')}]`,
        remedy: 'make one tile of blockSize x blockSize for each of layout.indices, in that order.',
      });
    }
    if (selected)
      throw invalid(caller, 'score', 'no blockBias beside a run-time list (its blocks have no tiles)', 'both', 'use distanceBias.');
  },
  sumShape: (tensor, blockSize) => [tensor.size / (blockSize * blockSize), blockSize * blockSize],
  step:
    ({ bias }) =>
    (scores, { chunk: { rows, width, blockSize, listed } }) => {
      const tiles = listed.map((entry) => Math.max(entry, 0)); // padding is masked: it may read any tile
      const picked = rowsOf(reshape(bias, [-1, blockSize]), tileRows(tiles, rows, width, blockSize));
      return {
        scores: add(scores, reshape(picked, [rows, blockSize, width * blockSize])),
        backward: (cotangent) => ({
          scores: cotangent,
          contributions: [
            {
              tensor: 0,
              rows: tiles,
              updates: reshape(transpose(reshape(cotangent, [rows, blockSize, width, blockSize]), [0, 2, 1, 3]), [
                rows * width,
                blockSize * blockSize,
              ]),
            },
          ],
        }),
      };
    },
  dense: ({ bias }, scores, pairs) => ({ scores: add(scores, tableOfTiles(bias, pairs)) }),
};

/** The tiles of the listed blocks, written into one table. */
function tableOfTiles(bias: Tensor, { layout, nq, nk }: Pairs): Tensor {
  if (bias.size === 0) return sum(bias); // no block is listed: 0, with a gradient, for pairs that are all hidden
  const cells = new Int32Array(layout.batch * layout.heads * nq * nk); // pairs in no listed block are hidden: any cell will do
  for (const { slice, query, key, cell } of listedPairs(layout)) cells[(slice * nq + query) * nk + key] = cell;
  return lookUp(bias, tensor(cells, [cells.length], 'int32'), [layout.batch, layout.heads, nq, nk]);
}
