import { cast, expandDims, less, reshape, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { dims } from '../../../tensor/dims.ts';
import { rowsOf } from '../../../tensor/rows-of.ts';
import { keyIndices } from '../reference/chunk.ts';
import { columnRange } from './pairs.ts';
import type { TermRecordOf } from './term-record.ts';

export interface KeyLengthsTerm {
  readonly kind: 'keyLengths';
  readonly lengths: Tensor;
}

/**
 * Masks keys j ≥ lengths[batch row].
 * @shape lengths int32 [b]
 * @cost one comparison for each pair of a visited block
 */
export function keyLengths(lengths: Tensor): KeyLengthsTerm {
  dims('keyLengths', { lengths: [lengths, 'b:int32'] });
  return { kind: 'keyLengths', lengths };
}

export const keyLengthsRecord: TermRecordOf<KeyLengthsTerm> = {
  kind: 'keyLengths',
  tensors: { lengths: 'b:int32' },
  step:
    ({ lengths }) =>
    (scores, { chunk }) => {
      const length = reshape(rowsOf(lengths, tensor(chunk.batchRows, [chunk.rows], 'int32')), [chunk.rows, 1, 1]);
      return { scores, visible: cast(less(expandDims(keyIndices(chunk.blocks, chunk.blockSize), 1), length), 'float32') };
    },
  dense: ({ lengths }, _, { b, nk }) => ({
    visible: cast(less(columnRange(nk), reshape(cast(lengths, 'float32'), [b, 1, 1, 1])), 'float32'),
  }),
};
