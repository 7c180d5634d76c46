import { add, cast, expandDims, mul, pad, reshape, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { rowsOf } from '../../../tensor/rows-of.ts';
import { type Chunk, keyIndices } from '../reference/chunk.ts';
import type { OriginalPositionsTerm } from './original-positions.ts';
import type { Positions } from './step.ts';

/** Int32 [C · B]: the index of each query in its sequence, beyond its end in a last, shorter block. */
const queryIndices = ({ queryBlock, blockSize }: Chunk): Int32Array =>
  Int32Array.from(
    { length: queryBlock.length * blockSize },
    (_, at) => (queryBlock[Math.floor(at / blockSize)] as number) * blockSize + (at % blockSize),
  );

/** Int32 [C, B, 1]: a function of the query's index, worked out on the host. */
export const fromQueries = (chunk: Chunk, of: (index: number) => number): Tensor =>
  tensor(queryIndices(chunk).map(of), [chunk.rows, chunk.blockSize, 1], 'int32');

/** Positions in the sequence: query i at queryOffset + i, key j at j. */
export function sequencePositions(chunk: Chunk): Positions {
  const queries = Float32Array.from(queryIndices(chunk), (index) => index + chunk.queryOffset);
  return {
    query: tensor(queries, [chunk.rows, chunk.blockSize, 1]),
    key: expandDims(cast(keyIndices(chunk.blocks, chunk.blockSize), 'float32'), 1),
  };
}

/** Positions from before a sort; −1, which is padding, beyond the end of a sequence. */
export function givenPositions(chunk: Chunk, term: OriginalPositionsTerm): Positions {
  const { blockSize, queryBlocks, keyBlocks, rows } = chunk;
  const queryTable = blocked(term.query, queryBlocks, blockSize);
  const keyTable = blocked(term.key, keyBlocks + 1, blockSize);
  return {
    query: reshape(rowsOf(queryTable, tensor(add1(lists(chunk, term.query, queryBlocks), chunk.queryBlock), [rows], 'int32')), [
      rows,
      blockSize,
      1,
    ]),
    key: reshape(rowsOf(keyTable, add(tensor(lists(chunk, term.key, keyBlocks + 1), [rows, 1], 'int32'), chunk.blocks)), [
      rows,
      1,
      chunk.width * blockSize,
    ]),
  };
}

/** Float [lists · blocks, B] of int32 [b|1, h|1, n], padded by −1. */
function blocked(positions: Tensor, blocks: number, blockSize: number): Tensor {
  const length = positions.shape[2] as number;
  const padded = pad(
    cast(positions, 'float32'),
    [
      [0, 0],
      [0, 0],
      [0, blocks * blockSize - length],
    ],
    -1,
  );
  return reshape(padded, [-1, blockSize]);
}

/** The first block of the list that each row of the chunk reads in a tensor [b|1, h|1, …] with that many blocks a list. */
function lists({ batchRows, heads }: Chunk, { shape: [batch = 1, heads1 = 1] }: Tensor, blocks: number): Int32Array {
  return batchRows.map((batchRow, at) => ((batchRow % batch) * heads1 + ((heads[at] as number) % heads1)) * blocks);
}

const add1 = (a: Int32Array, b: Int32Array): Int32Array => a.map((value, at) => value + (b[at] as number));

/** Distance query − key [C, B, W · B]. */
export const distances = ({ query, key }: Positions): Tensor => add(query, mul(key, -1));
