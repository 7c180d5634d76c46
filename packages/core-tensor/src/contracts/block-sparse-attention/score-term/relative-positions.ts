import { add, concat, expandDims, maximum, minimum, mul, reshape, sum, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { requireKnown } from '../../../error/index.ts';
import { dims } from '../../../tensor/dims.ts';
import { rowsOf } from '../../../tensor/rows-of.ts';
import type { Chunk } from '../reference/chunk.ts';
import { product, type WeightedSum } from '../reference/product.ts';
import { int } from './look-up.ts';
import { requireNotEmpty } from './require-not-empty.ts';
import type { Contribution } from './step.ts';
import type { TermRecordOf } from './term-record.ts';

export interface RelativePositionsTerm {
  readonly kind: 'relativePositions';
  readonly r: Tensor;
  readonly u: Tensor;
  readonly v: Tensor;
}

/**
 * Transformer-XL's relative scores: scale · ((q + u)·k + (q + v)·r). Query position p and key j use row
 * `distances − 1 − (p − j)` of r, clamped at both ends, so the last row is distance 0. Acts on the unscaled score wherever it
 * stands in the list.
 * @shape r [h, distances, d]; u, v [h, d]
 * @cost 2 · d more operations for each pair: of r, 2 · blockSize − 1 rows are read for each visited block
 * @source Dai et al. 2019 (arXiv 1901.02860) §3.3; scaled after the sum, as the authors' code does
 */
export function relativePositions(options: { readonly r: Tensor; readonly u: Tensor; readonly v: Tensor }): RelativePositionsTerm {
  requireKnown('relativePositions', options, { r: true, u: true, v: true });
  const { r, u, v } = options;
  dims('relativePositions', { r: [r, 'h distances d:float32'], u: [u, 'h d:float32'], v: [v, 'h d:float32'] });
  return { kind: 'relativePositions', r, u, v };
}

/** It acts on the unscaled score, so `relativeScores` runs before the terms' steps, whose place it does not have. */
export const relativePositionsRecord: TermRecordOf<RelativePositionsTerm> = {
  kind: 'relativePositions',
  tensors: { r: 'h distances d:float32', u: 'h d:float32', v: 'h d:float32' },
  single: true,
  temporaries: { scores: 8, blocks: 5 },
  check: (caller, { r }) =>
    requireNotEmpty(caller, 'relativePositions.r', r, 'give it one row for each distance, that of distance 0 last.'),
  sumShape(tensor) {
    const width = tensor.shape.at(-1) as number;
    return [tensor.size / width, width];
  },
};

/** Transformer-XL's terms (b) + (d), (q + v)·r, and what its content terms add to q. */
export interface RelativeScores {
  /** [C, B, d]: q + u, whose products with the keys are terms (a) + (c). */
  readonly contentQuery: Tensor;
  /** [C, B, W · B] */
  readonly scores: Tensor;
  /** `scores`: the cotangent [C, B, W · B]; `content`: the cotangent of contentQuery. */
  readonly backward: (scores: Tensor, content: Tensor) => { readonly query: Tensor; readonly contributions: readonly Contribution[] };
}

/**
 * For one pair of blocks only 2B − 1 rows of r are touched: (q + v) is multiplied with those, and row i of the result is read
 * from column B − 1 − i on. No n x n, no shifted copy. `sumOf`: how cotangents are multiplied with rows.
 */
export function relativeScores({ r, u, v }: RelativePositionsTerm, query: Tensor, chunk: Chunk, sumOf: WeightedSum): RelativeScores {
  const { rows, width, blockSize, queryOffset, queryBlock, heads } = chunk;
  const [, length = 0, headDim = 0] = r.shape;
  const head = tensor(heads, [rows], 'int32');
  const biased = (by: Tensor): Tensor => add(query, expandDims(rowsOf(by, head), 1));
  const positionQuery = biased(v);
  const diagonals = 2 * blockSize - 1;

  // Row L − 1 − (p − j) of r, with p − j = queryOffset + B (queryBlock − keyBlock) + (i − j) and t = B − 1 − i + j.
  const first = tensor(
    queryBlock.map((block) => length - blockSize - queryOffset - block * blockSize),
    [rows, 1, 1],
    'int32',
  );
  const steps = tensor(
    Int32Array.from({ length: diagonals }, (_, at) => at),
    [1, 1, diagonals],
    'int32',
  );
  const distance = add(add(first, mul(expandDims(chunk.blocks, 2), int(blockSize))), steps);
  const clamped = maximum(minimum(distance, int(length - 1)), int(0));
  const rowsOfR = reshape(
    add(
      clamped,
      tensor(
        heads.map((h) => h * length),
        [rows, 1, 1],
        'int32',
      ),
    ),
    [-1],
  );
  const touched = reshape(rowsOf(reshape(r, [-1, headDim]), rowsOfR), [rows, width * diagonals, headDim]);
  const alongDiagonals = reshape(product(positionQuery, touched, { transposeB: true }), [-1]); // [C, B, W · (2B − 1)], flat
  const shifted = rowsOf(alongDiagonals, shift(rows, blockSize, width));

  return {
    contentQuery: biased(u),
    scores: reshape(shifted, [rows, blockSize, width * blockSize]),
    backward(scores, content) {
      const padded = concat([reshape(scores, [-1]), zeros([1])]);
      const unshifted = reshape(rowsOf(padded, unshift(rows, blockSize, width)), [rows, blockSize, width * diagonals]);
      const position = sumOf(unshifted, touched);
      return {
        query: add(content, position),
        contributions: [
          { tensor: 0, rows: rowsOfR, updates: reshape(sumOf(unshifted, positionQuery, { transposeA: true }), [-1, headDim]) },
          { tensor: 1, rows: heads, updates: sum(content, 1) },
          { tensor: 2, rows: heads, updates: sum(position, 1) },
        ],
      };
    },
  };
}

/** Where cell (c, i, w, j) of the scores stands among the diagonals. */
function shift(rows: number, blockSize: number, width: number): Tensor {
  const diagonals = 2 * blockSize - 1;
  const indices = new Int32Array(rows * blockSize * width * blockSize);
  let at = 0;
  for (let row = 0; row < rows * blockSize; row++) {
    const first = blockSize - 1 - (row % blockSize);
    for (let w = 0; w < width; w++) for (let j = 0; j < blockSize; j++) indices[at++] = (row * width + w) * diagonals + first + j;
  }
  return tensor(indices, [indices.length], 'int32');
}

/** The way back: where cell (c, i, w, t) of the diagonals stands among the scores, or the zero after them. */
function unshift(rows: number, blockSize: number, width: number): Tensor {
  const diagonals = 2 * blockSize - 1;
  const indices = new Int32Array(rows * blockSize * width * diagonals);
  const zero = rows * blockSize * width * blockSize;
  let at = 0;
  for (let row = 0; row < rows * blockSize; row++) {
    for (let w = 0; w < width; w++) {
      for (let t = 0; t < diagonals; t++) {
        const j = t - (blockSize - 1) + (row % blockSize);
        indices[at++] = j < 0 || j >= blockSize ? zero : (row * width + w) * blockSize + j;
      }
    }
  }
  return tensor(indices, [indices.length], 'int32');
}
