import { add, expandDims, minimum, type Tensor } from '@tensorflow/tfjs-core';
import { dims } from '../../../tensor/dims.ts';
import { keyIndices } from '../reference/chunk.ts';
import { addLookUp, int, rowInts } from './look-up.ts';
import { fromQueries } from './positions.ts';
import type { TermRecordOf } from './term-record.ts';

export interface BiasTerm {
  readonly kind: 'bias';
  readonly bias: Tensor;
}

/**
 * Adds a table of one number per pair, which costs its caller n x n: prefer distanceBias, cellBias or blockBias.
 * @shape tensor [b|1, h|1, nq, nk]
 * @cost 4 · nq · nk bytes for each table; one look-up for each pair of a visited block
 */
export function bias(tensor: Tensor): BiasTerm {
  dims('bias', { tensor: [tensor, 'b h nq nk:float32'] });
  return { kind: 'bias', bias: tensor };
}

/** s + bias[batch, head, i, j] */
export const biasRecord: TermRecordOf<BiasTerm> = {
  kind: 'bias',
  tensors: { bias: 'b|1 h|1 nq nk:float32' },
  step:
    ({ bias }) =>
    (scores, { chunk }) => {
      const [batch = 1, heads = 1, queryLength = 0, keyLength = 0] = bias.shape;
      const start = chunk.batchRows.map(
        (row, at) => ((row % batch) * heads + ((chunk.heads[at] as number) % heads)) * queryLength * keyLength,
      );
      const queries = fromQueries(chunk, (index) => Math.min(index, queryLength - 1) * keyLength);
      // Keys after the end, hidden anyway, read the last key's cell.
      const keys = minimum(expandDims(keyIndices(chunk.blocks, chunk.blockSize), 1), int(chunk.sizes.keyLength - 1));
      return addLookUp(bias, add(add(rowInts(start), queries), keys), scores);
    },
  dense: ({ bias }, scores) => ({ scores: add(scores, bias) }),
};
