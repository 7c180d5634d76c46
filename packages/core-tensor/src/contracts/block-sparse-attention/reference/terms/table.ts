import {
  add,
  cast,
  expandDims,
  floorDiv,
  maximum,
  minimum,
  mul,
  reshape,
  sub,
  type Tensor,
  tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import { rowsOf } from '../../../../tensor/rows-of.ts';
import type { BiasTerm, BlockBiasTerm, CellBiasTerm, DistanceBiasTerm } from '../../score-terms.ts';
import { type Chunk, keyIndices, tileRows } from '../chunk.ts';
import { distances, queryIndices } from './positions.ts';
import type { Place, Step } from './step.ts';

const int = (value: number): Tensor => tensor(value, [], 'int32');

/** Int32 [C, 1, 1] of one number per row. */
const rowInts = (values: Int32Array): Tensor => tensor(values, [values.length, 1, 1], 'int32');

/** Int32 [C, 1, W · B]: key indices; those behind the end (hidden anyway) read the last key's cell. */
const keysWithin = (chunk: Chunk): Tensor =>
  minimum(expandDims(keyIndices(chunk.blocks, chunk.blockSize), 1), int(chunk.sizes.keyLength - 1));

/** Int32 [C, B, 1]: a function of the query's index, worked out on the host. */
const fromQueries = (chunk: Chunk, of: (index: number) => number): Tensor =>
  tensor(queryIndices(chunk).map(of), [chunk.rows, chunk.blockSize, 1], 'int32');

/** Adds `table[index]` to the scores; the cotangent is added up by index. */
function lookup(table: Tensor, index: Tensor, scores: Tensor): Step {
  return {
    scores: add(scores, rowsOf(reshape(table, [-1]), index)),
    pull: (cotangent) => ({
      scores: cotangent,
      contributions: [{ tensor: 0, rows: reshape(index, [-1]), updates: reshape(cotangent, [-1, 1]) }],
    }),
  };
}

/** s + bias[batch, head, i, j] */
export function biasStep({ bias }: BiasTerm, scores: Tensor, { chunk }: Place): Step {
  const [batch = 1, heads = 1, queryLength = 0, keyLength = 0] = bias.shape;
  const start = chunk.batchRows.map((row, at) => ((row % batch) * heads + ((chunk.heads[at] as number) % heads)) * queryLength * keyLength);
  const queries = fromQueries(chunk, (index) => Math.min(index, queryLength - 1) * keyLength);
  return lookup(bias, add(add(rowInts(start), queries), keysWithin(chunk)), scores);
}

/** s + table[head, clamp(j − p + center)] */
export function distanceBiasStep({ table, center }: DistanceBiasTerm, scores: Tensor, { chunk, positions }: Place): Step {
  const [heads = 1, columns = 0] = table.shape;
  const column = sub(int(center), cast(distances(positions()), 'int32'));
  const start = rowInts(chunk.heads.map((head) => (head % heads) * columns));
  return lookup(table, add(start, maximum(minimum(column, int(columns - 1)), int(0))), scores);
}

/** s + table[head, i mod size, j mod size] */
export function cellBiasStep({ table }: CellBiasTerm, scores: Tensor, { chunk }: Place): Step {
  const [heads = 1, size = 1] = table.shape;
  const keys = expandDims(keyIndices(chunk.blocks, chunk.blockSize), 1);
  const column = sub(keys, mul(floorDiv(keys, int(size)), int(size)));
  const row = fromQueries(chunk, (index) => (index % size) * size);
  return lookup(table, add(add(rowInts(chunk.heads.map((head) => (head % heads) * size * size)), row), column), scores);
}

/** s + the tile of the listed block; the gradient of a tile is the cotangent's tile, added over rows that share the list. */
export function blockBiasStep({ bias }: BlockBiasTerm, scores: Tensor, { chunk }: Place): Step {
  const { rows, width, blockSize, listed } = chunk;
  const tiles = listed.map((entry) => Math.max(entry, 0)); // padding is hidden: it may read any tile
  const picked = rowsOf(reshape(bias, [-1, blockSize]), tileRows(tiles, rows, width, blockSize));
  return {
    scores: add(scores, reshape(picked, [rows, blockSize, width * blockSize])),
    pull: (cotangent) => ({
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
}
