import type { BlockBiasTerm } from '@longspan/core-tensor';
import { addedNumber } from './added-number.ts';
import type { GpuTerm } from './gpu-term.ts';

/** s + the number of the listed block's tile. `entry` is the pair of blocks' place among the layout's entries. */
export const blockBiasOnGpu: GpuTerm<BlockBiasTerm> = ({ bias }, { isBeforeSoftCap, field }) => ({
  code: {
    name: `block bias${isBeforeSoftCap ? ' before a cap' : ''}`,
    readsEntries: true,
    step: addedNumber(`${field('at')} + (entry * u.blockSize + query % u.blockSize) * u.blockSize + key % u.blockSize`, isBeforeSoftCap),
  },
  sources: [bias],
  gradient: { kind: 'entry sums' },
});
