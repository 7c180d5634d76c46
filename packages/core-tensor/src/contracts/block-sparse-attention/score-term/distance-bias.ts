import { add, cast, clipByValue, maximum, minimum, mul, sub, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { requireInteger, requireKnown, show, UNBOUNDED } from '../../../error/index.ts';
import { dims } from '../../../tensor/dims.ts';
import { invalid } from './invalid.ts';
import { addLookUp, int, lookUp, rowInts } from './look-up.ts';
import { range } from './pairs.ts';
import { distances } from './positions.ts';
import { requireNotEmpty } from './require-not-empty.ts';
import type { TermRecordOf } from './term-record.ts';

export interface DistanceBiasTerm {
  readonly kind: 'distanceBias';
  readonly table: Tensor;
  readonly center: number;
}

/**
 * Adds a number that depends on the distance alone: `table[head, clamp(key − query + center)]` (T5's bias once its buckets
 * are looked up, and every learned relative bias).
 * @shape table [h|1, distances]
 * @param options.center the column of distance 0
 * @cost one look-up for each pair of a visited block
 */
export function distanceBias(table: Tensor, options: { readonly center: number }): DistanceBiasTerm {
  dims('distanceBias', { table: [table, 'h distances:float32'] });
  requireKnown('distanceBias', options, { center: true });
  const { center } = options;
  requireInteger('distanceBias', { center }, UNBOUNDED, { remedy: 'give the column of distance 0.' });
  return { kind: 'distanceBias', table, center };
}

/** s + table[head, clamp(j − p + center)] */
export const distanceBiasRecord: TermRecordOf<DistanceBiasTerm> = {
  kind: 'distanceBias',
  tensors: { table: 'h|1 distances:float32' },
  others: ['center'],
  check(caller, { table, center }) {
    const distances = table.shape[1] as number;
    requireNotEmpty(caller, 'distanceBias.table', table, 'give it one column for each distance.');
    if (Number.isInteger(center) && center >= 0 && center < distances) return;
    throw invalid(
      caller,
      'distanceBias.center',
      'a column of the table, that of distance 0',
      `${show(center)}  (the table has columns 0 … ${distances - 1})`,
      'give the column that a query reads for the key at its own position; farther ones are held to the first and the last.',
    );
  },
  step:
    ({ table, center }) =>
    (scores, { chunk, positions }) => {
      const [heads = 1, columns = 0] = table.shape;
      const column = sub(int(center), cast(distances(positions()), 'int32'));
      const start = rowInts(chunk.heads.map((head) => (head % heads) * columns));
      return addLookUp(table, add(start, maximum(minimum(column, int(columns - 1)), int(0))), scores);
    },
  dense({ table, center }, scores, { nq, nk, queries, keys }) {
    const [heads = 1, columns = 0] = table.shape;
    const column = clipByValue(add(sub(keys, queries), center), 0, columns - 1);
    const start = tensor(range(0, heads), [1, heads, 1, 1]);
    const [batch = 1, ofPositions = 1] = column.shape;
    const cells = cast(add(mul(start, columns), column), 'int32');
    return { scores: add(scores, lookUp(table, cells, [batch, Math.max(heads, ofPositions), nq, nk])) };
  },
};
