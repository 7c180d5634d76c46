import { add, expandDims, floorDiv, mul, sub, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { dims } from '../../../tensor/dims.ts';
import { keyIndices } from '../reference/chunk.ts';
import { addLookUp, int, lookUp, rowInts } from './look-up.ts';
import { fromQueries } from './positions.ts';
import { requireNotEmpty } from './require-not-empty.ts';
import type { TermRecordOf } from './term-record.ts';

export interface CellBiasTerm {
  readonly kind: 'cellBias';
  readonly table: Tensor;
}

/**
 * Adds `table[head, query mod size, key mod size]`: the bias of a window that repeats (Swin). Both are positions in the sequence, query i
 * at queryOffset + i, so that a step of decoding reads the row of the whole call; original positions do not change them.
 * @shape table [h|1, size, size]
 * @cost one look-up for each pair of a visited block
 */
export function cellBias(table: Tensor): CellBiasTerm {
  dims('cellBias', { table: [table, 'h rows columns:float32'] });
  return { kind: 'cellBias', table };
}

/** The cell of a position, which is negative where queries begin before the keys. */
const cellOf = (position: number, size: number): number => ((position % size) + size) % size;

/** s + table[head, p mod size, j mod size], p = queryOffset + i */
export const cellBiasRecord: TermRecordOf<CellBiasTerm> = {
  kind: 'cellBias',
  tensors: { table: 'h|1 size size:float32' },
  check: (caller, { table }) => requireNotEmpty(caller, 'cellBias.table', table, 'give it one row and one column for each cell.'),
  step:
    ({ table }) =>
    (scores, { chunk }) => {
      const [heads = 1, size = 1] = table.shape;
      const keys = expandDims(keyIndices(chunk.blocks, chunk.blockSize), 1);
      const column = sub(keys, mul(floorDiv(keys, int(size)), int(size)));
      const row = fromQueries(chunk, (index) => cellOf(chunk.queryOffset + index, size) * size);
      const start = rowInts(chunk.heads.map((head) => (head % heads) * size * size));
      return addLookUp(table, add(add(start, row), column), scores);
    },
  dense({ table }, scores, { nq, nk, layout }) {
    const [heads = 1, size = 1] = table.shape;
    const cells = Int32Array.from({ length: heads * nq * nk }, (_, at) => {
      const head = Math.floor(at / (nq * nk));
      const query = Math.floor(at / nk) % nq;
      return (head * size + cellOf(layout.queryOffset + query, size)) * size + ((at % nk) % size);
    });
    return { scores: add(scores, lookUp(table, tensor(cells, [cells.length], 'int32'), [1, heads, nq, nk])) };
  },
};
